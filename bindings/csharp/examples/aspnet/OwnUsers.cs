/// <summary>Stands for the application's own table of users and the platform's users linked with them.</summary>
public static class OwnUsers
{
    /// <summary>The own user whom a user of the platform is linked with.</summary>
    public static string LinkedWith(long pandaUser)
    {
        return "oa-" + pandaUser;
    }
}
