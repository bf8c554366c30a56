import io.github.pandawater.*;

public class TenLines {
    public static void main(String[] arguments) {
        try (PandaClient client = PandaClient.builder()
                .baseUrl("http://10.0.0.8:8080/water").username("xiaomi").password("abcdefg").build();
                UserListing users = client.users()) { // all users, fetched page by page
            for (User user : users) {
                System.out.println(user.id() + " " + user.userName() + " " + user.phone());
            }
            User user = client.userFromUrl("http://oa.example/oa?ticket=3F2C");
            System.out.println(user.userName() + " is signing in");
        } catch (PandaTicketException e) {
            System.out.println("This sign-in link is no longer valid.");
        }
    }
}
