using System;
using PandaWater;

internal static class TenLines
{
    private static void Main(string[] arguments)
    {
        // The address and the account: PANDA_WATER_BASE_URL, PANDA_WATER_USERNAME, PANDA_WATER_PASSWORD.
        using (var client = new PandaClient(PandaOptions.FromEnvironment()))
        {
            foreach (User user in client.Users())
            {
                Console.WriteLine("{0} {1} {2}", user.Id, user.UserName, user.Phone);
            }
            try
            {
                Console.WriteLine("{0} is signing in", client.UserFromUrl(arguments[0]).UserName);
            }
            catch (PandaTicketException)
            {
                Console.WriteLine("This sign-in link is no longer valid.");
            }
        }
    }
}
