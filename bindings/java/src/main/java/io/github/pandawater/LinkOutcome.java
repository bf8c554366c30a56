package io.github.pandawater;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What {@link PandaWater#linkUsers(Iterable, Iterable, Iterable)} found: every user is in exactly one place. Cannot
 * be changed.
 *
 * <p>Access document 2024, section 三 step 2; 2022, step 2.
 */
public final class LinkOutcome {
    private final List<Link> links;
    private final List<Link> suggestions;
    private final List<LinkConflict> conflicts;
    private final List<BrokenLink> broken;
    private final List<Long> unlinkedPanda;
    private final List<String> unlinkedOwn;

    private LinkOutcome(Map<String, Object> data) {
        links = each(data.get("links"), link -> Link.of((Map<?, ?>) link));
        suggestions = each(data.get("suggestions"), link -> Link.of((Map<?, ?>) link));
        conflicts = each(data.get("conflicts"), conflict -> LinkConflict.of((Map<?, ?>) conflict));
        broken = each(data.get("broken"), link -> BrokenLink.of((Map<?, ?>) link));
        unlinkedPanda = each(data.get("unlinkedPanda"), Long.class::cast);
        unlinkedOwn = each(data.get("unlinkedOwn"), String.class::cast);
    }

    /**
     * Makes one, as tests of applications do.
     *
     * @param links who is who; copied, as are all others
     * @param suggestions who may be who
     * @param conflicts what contradicts itself
     * @param broken the existing links that do not hold any more
     * @param unlinkedPanda the ids of the platform's users of whom nothing is known
     * @param unlinkedOwn the ids of the application's users of whom nothing is known
     * @throws PandaArgumentException a list is null or holds null
     */
    public LinkOutcome(
            Collection<Link> links,
            Collection<Link> suggestions,
            Collection<LinkConflict> conflicts,
            Collection<BrokenLink> broken,
            Collection<Long> unlinkedPanda,
            Collection<String> unlinkedOwn) {
        this.links = Models.copy("links", links);
        this.suggestions = Models.copy("suggestions", suggestions);
        this.conflicts = Models.copy("conflicts", conflicts);
        this.broken = Models.copy("broken", broken);
        this.unlinkedPanda = Models.copy("unlinkedPanda", unlinkedPanda);
        this.unlinkedOwn = Models.copy("unlinkedOwn", unlinkedOwn);
    }

    static LinkOutcome read(JsonParser parser) throws IOException {
        return new LinkOutcome(Json.object(parser));
    }

    /** The elements of an array, each turned into what it stands for. */
    static <T> List<T> each(Object array, Function<Object, T> element) {
        return Collections.unmodifiableList(
                ((List<?>) array).stream().map(element).collect(Collectors.toList()));
    }

    /**
     * Gives who is who.
     *
     * @return the links, to be stored and passed as existing ones the next time; cannot be changed
     */
    public List<Link> links() {
        return links;
    }

    /**
     * Gives who may be who, for an administrator to confirm: by name alone, or by job number or phone while the names
     * differ.
     *
     * @return the suggestions, to be passed as existing links once confirmed; cannot be changed
     */
    public List<Link> suggestions() {
        return suggestions;
    }

    /**
     * Gives what contradicts itself, for an administrator to decide.
     *
     * @return the conflicts; cannot be changed
     */
    public List<LinkConflict> conflicts() {
        return conflicts;
    }

    /**
     * Gives the existing links that do not hold any more.
     *
     * @return the links; cannot be changed
     */
    public List<BrokenLink> broken() {
        return broken;
    }

    /**
     * Gives the platform's users of whom nothing is known.
     *
     * @return their ids; cannot be changed
     */
    public List<Long> unlinkedPanda() {
        return unlinkedPanda;
    }

    /**
     * Gives the application's users of whom nothing is known.
     *
     * @return their ids; cannot be changed
     */
    public List<String> unlinkedOwn() {
        return unlinkedOwn;
    }

    /**
     * The same as {@link #links()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<Link> getLinks() {
        return links;
    }

    /**
     * The same as {@link #suggestions()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<Link> getSuggestions() {
        return suggestions;
    }

    /**
     * The same as {@link #conflicts()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<LinkConflict> getConflicts() {
        return conflicts;
    }

    /**
     * The same as {@link #broken()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<BrokenLink> getBroken() {
        return broken;
    }

    /**
     * The same as {@link #unlinkedPanda()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<Long> getUnlinkedPanda() {
        return unlinkedPanda;
    }

    /**
     * The same as {@link #unlinkedOwn()}, by the name that tools for beans look for.
     *
     * @return as there
     */
    public List<String> getUnlinkedOwn() {
        return unlinkedOwn;
    }

    @Override
    public String toString() {
        return "LinkOutcome{links=" + links + ", suggestions=" + suggestions + ", conflicts=" + conflicts + ", broken="
                + broken + ", unlinkedPanda=" + unlinkedPanda + ", unlinkedOwn=" + unlinkedOwn + "}";
    }
}
