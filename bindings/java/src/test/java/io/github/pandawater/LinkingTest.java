package io.github.pandawater;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The platform's users matched with the application's own. */
class LinkingTest extends PlatformTest {
    private static final List<User> PANDA_USERS = Arrays.asList(
            panda(1, "陈涛", "13800000001", "A7"),
            panda(2, "李娜", "+86 138-0000-0002", null),
            panda(3, "买买提·艾力", null, null),
            panda(4, "王芳", "13800000004", "B1"),
            panda(5, "张伟", null, null),
            panda(6, "张伟", null, null),
            panda(7, "赵敏", "138****0007", null));

    private static final List<OwnUser> OWN_USERS = Arrays.asList(
            new OwnUser("chen", "陈 涛", null, "ａ7"),
            new OwnUser("li", "李娜", "13800000002", null),
            new OwnUser("maimaiti", "买买提•艾力", null, null),
            new OwnUser("wang", "王芳", "13800000004", "B2"),
            new OwnUser("zhang", "张伟", null, null),
            new OwnUser("zhao", null, "138****0007", null));

    private static User panda(long id, String userName, String phone, String jobNumber) {
        return new User(id, userName, phone, jobNumber, null, Collections.singletonMap("further", 1));
    }

    @Test
    void rules() {
        LinkOutcome outcome = PandaWater.linkUsers(PANDA_USERS, OWN_USERS);
        assertEquals(
                Arrays.asList(new Link(1, "chen", "jobNumber"), new Link(2, "li", "phone")), outcome.links());
        assertEquals(Collections.singletonList(new Link(3, "maimaiti", "userName")), outcome.suggestions());
        String conflicts = outcome.conflicts().toString();
        assertTrue(conflicts.contains("LinkConflict{by=phone, pandaIds=[4], ownIds=[wang]}"), conflicts);
        assertTrue(conflicts.contains("LinkConflict{by=userName, pandaIds=[5, 6], ownIds=[zhang]}"), conflicts);
        assertEquals("[]", outcome.broken().toString());
        assertEquals(Collections.singletonList(7L), outcome.unlinkedPanda());
        assertEquals(Collections.singletonList("zhao"), outcome.unlinkedOwn());
        assertThrows(UnsupportedOperationException.class, () -> outcome.links().clear());
    }

    @Test
    void existingLinks() {
        LinkOutcome first = PandaWater.linkUsers(PANDA_USERS, OWN_USERS);
        List<Link> existing = new ArrayList<>(first.links());
        existing.addAll(first.suggestions());
        existing.add(new Link(9, "gone"));
        LinkOutcome again = PandaWater.linkUsers(PANDA_USERS, OWN_USERS, existing);
        assertEquals(
                Arrays.asList(new Link(1, "chen"), new Link(2, "li"), new Link(3, "maimaiti")), again.links());
        assertEquals("[BrokenLink{pandaId=9, ownId=gone, reason=gone}]", again.broken().toString());
        assertEquals("[]", again.suggestions().toString());
    }

    @Test
    void chosenRules() {
        List<String> phone = Collections.singletonList("phone");
        LinkOutcome outcome = PandaWater.linkUsers(PANDA_USERS, OWN_USERS, null, phone);
        assertEquals(Collections.singletonList(new Link(2, "li", "phone")), outcome.links());
        assertThrows(
                PandaArgumentException.class,
                () -> PandaWater.linkUsers(PANDA_USERS, OWN_USERS, null, Collections.singletonList("shoeSize")));
    }

    @Test
    void nobodyIsLinkedAgainstTheirName() {
        List<User> pandaUsers = Arrays.asList(panda(1, "陈涛", null, "1001"), panda(2, "李娜", "无", "N/A"));
        List<OwnUser> ownUsers =
                Arrays.asList(new OwnUser("5", "李四", null, "1001"), new OwnUser("6", "赵敏", "无", "N/A"));
        LinkOutcome outcome = PandaWater.linkUsers(pandaUsers, ownUsers);
        assertEquals("[]", outcome.links().toString());
        assertEquals("[Link{pandaId=1, ownId=5, by=jobNumber, namesDiffer}]", outcome.suggestions().toString());
        assertTrue(outcome.suggestions().get(0).namesDiffer());
        assertEquals(
                outcome.suggestions(),
                PandaWater.linkUsers(pandaUsers, ownUsers, null, null, "compare").suggestions());
        LinkOutcome ignored = PandaWater.linkUsers(pandaUsers, ownUsers, null, null, "ignore");
        assertEquals(Collections.singletonList(new Link(1, "5", "jobNumber")), ignored.links());
        assertFalse(ignored.links().get(0).namesDiffer());
        // What identifies nobody matches nobody, whatever the names.
        assertEquals(Collections.singletonList("6"), ignored.unlinkedOwn());
        // Confirmed, it stays.
        LinkOutcome again = PandaWater.linkUsers(pandaUsers, ownUsers, outcome.suggestions());
        assertEquals(Collections.singletonList(new Link(1, "5")), again.links());
        assertThrows(
                PandaArgumentException.class, () -> PandaWater.linkUsers(pandaUsers, ownUsers, null, null, "both"));
    }

    @Test
    void theListingItself() {
        try (UserListing users = client.users()) {
            LinkOutcome outcome = PandaWater.linkUsers(users, Collections.emptyList());
            assertEquals(3661, outcome.unlinkedPanda().size());
        }
    }

    @Test
    void badArguments() {
        assertThrows(PandaArgumentException.class, () -> PandaWater.linkUsers(null, OWN_USERS));
        assertThrows(PandaArgumentException.class, () -> PandaWater.linkUsers(PANDA_USERS, null));
        List<User> twice = Collections.nCopies(2, PANDA_USERS.get(0));
        assertThrows(PandaArgumentException.class, () -> PandaWater.linkUsers(twice, OWN_USERS));
        List<OwnUser> noText = Collections.singletonList(new OwnUser("a", "\ud800", null, null));
        assertThrows(PandaArgumentException.class, () -> PandaWater.linkUsers(PANDA_USERS, noText));
        List<OwnUser> noId = Collections.singletonList(new OwnUser(null, "陈涛", null, null));
        assertThrows(PandaArgumentException.class, () -> PandaWater.linkUsers(PANDA_USERS, noId));
    }
}
