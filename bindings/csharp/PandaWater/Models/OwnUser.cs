using System.Globalization;

namespace PandaWater
{
    /// <summary>A user of the application's own, to be linked with one of the platform's.</summary>
    /// <remarks>Access document 2024, section 三 step 2; 2022, step 2.</remarks>
    public sealed class OwnUser
    {
        /// <summary>Makes a user.</summary>
        /// <param name="id">What the application knows the user by; a number as its digits.</param>
        /// <param name="userName">The name, or null.</param>
        /// <param name="phone">The phone number, or null.</param>
        /// <param name="jobNumber">The job number, or null.</param>
        public OwnUser(string id, string userName = null, string phone = null, string jobNumber = null)
        {
            Id = id;
            UserName = userName;
            Phone = phone;
            JobNumber = jobNumber;
        }

        /// <summary>Makes a user who is known by a number.</summary>
        /// <param name="id">What the application knows the user by.</param>
        /// <param name="userName">The name, or null.</param>
        /// <param name="phone">The phone number, or null.</param>
        /// <param name="jobNumber">The job number, or null.</param>
        public OwnUser(long id, string userName = null, string phone = null, string jobNumber = null)
            : this(id.ToString(CultureInfo.InvariantCulture), userName, phone, jobNumber)
        {
        }

        /// <summary>What the application knows the user by; a number as its digits.</summary>
        public string Id { get; }

        /// <summary>The name, or null.</summary>
        public string UserName { get; }

        /// <summary>The phone number, or null.</summary>
        public string Phone { get; }

        /// <summary>The job number, or null.</summary>
        public string JobNumber { get; }
    }
}
