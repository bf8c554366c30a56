using Newtonsoft.Json;
using PandaWater.Native;

namespace PandaWater
{
    /// <summary>A sign-in URL, taken apart.</summary>
    /// <remarks>Access document 2024, section 三 steps 3 and 4; 2022, steps 3 to 5.</remarks>
    public sealed class TicketUrl
    {
        /// <summary>Makes the parts of a URL, as tests of applications do.</summary>
        /// <param name="ticket">The ticket, decoded.</param>
        /// <param name="urlWithoutTicket">The URL without it.</param>
        /// <param name="localTarget">The place on the own site.</param>
        public TicketUrl(string ticket, string urlWithoutTicket, string localTarget = "/")
        {
            Ticket = ticket;
            UrlWithoutTicket = urlWithoutTicket;
            LocalTarget = localTarget;
        }

        /// <summary>The ticket, decoded. It is a secret: <see cref="ToString"/> leaves it out.</summary>
        public string Ticket { get; }

        /// <summary>The URL without the ticket and otherwise unchanged. It may lead to another site.</summary>
        public string UrlWithoutTicket { get; }

        /// <summary>Its path, query and fragment as a place on your own site, to redirect the browser to once the user is
        /// signed in: <c>/</c> where a browser would go to another site.</summary>
        public string LocalTarget { get; }

        /// <summary>The URL without the ticket.</summary>
        /// <returns><see cref="UrlWithoutTicket"/>.</returns>
        public override string ToString()
        {
            return UrlWithoutTicket;
        }

        internal static TicketUrl FromJson(JsonReader json)
        {
            string ticket = null, urlWithoutTicket = null, localTarget = null;
            foreach (var name in json.Fields())
            {
                switch (name)
                {
                    case "ticket":
                        ticket = (string)json.Value;
                        break;
                    case "urlWithoutTicket":
                        urlWithoutTicket = (string)json.Value;
                        break;
                    case "localTarget":
                        localTarget = (string)json.Value;
                        break;
                }
            }
            return new TicketUrl(ticket, urlWithoutTicket, localTarget);
        }
    }
}
