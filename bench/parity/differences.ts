/**
 * Where the profile cache means to alert otherwise than the older design did, and why. A difference
 * that no story shows, or that is not listed here, fails the parity test.
 */
export const DIFFERENCES = {
  'at-once':
    'What is stored reaches the container at once, not at the next list: a completed profile judges earlier, and so does that of a container that has just started.',
  'own-state':
    'A container is judged by its own profile as soon as that is completed. Before, it waited until those of all containers of its pod were, and one partial profile was all of them.',
  'own-profile':
    'A container that has no profile of its own is pending. Before, the profiles of the other containers of its pod made its workload known, nothing in them was about it, and all that it did was an alert.',
  'own-partial':
    'When events were lost while a container was learned, its own profile is partial for good. It counts once its learning has ended. Before, a partial profile never counted for a container that was seen from its start, so that it was never judged.',
  'last-events':
    'The last events of a container that ended are still judged, for ten seconds. Before, they found no profile.',
  'too-large':
    'A profile that grew too large to be learned further is judged by. Before, its content was dropped.',
  'overlay-alone':
    'What a person wrote for a workload counts before anything was learned. Before, it was laid over learned objects only.',
  'on-top':
    'User-defined ApplicationProfiles and NetworkNeighborhoods are laid over what was learned. Before, they stood in its place.',
  authored:
    'A ContainerProfile that a person wrote is the authority for the pods that name it. Before, there was no such thing, and the label found nothing.',
  'any-segments': '`*` in a path stands for any number of segments. Before, it was only itself.',
  'trailing-slash': 'A slash at the end of a path makes no other path.',
  'program-patterns': 'Programs match by pattern, as files do. Before, letter by letter.',
  'argument-patterns':
    'Arguments match by `⋯` and `⋯⋯`, and an entry without any allows any. Before, they had to be equal one by one.',
  'redacted-arguments':
    'Learned arguments have their secrets redacted, so a command line that was learned with one is compared as redacted. Before, it never matched again.',
  'any-flags':
    'An entry without flags, as people write it, allows any. Before, it allowed no open that asked for one.',
  'any-port': 'Port 0 of an endpoint is any port.',
  'whole-host':
    'A host is compared whole. Before, any endpoint that contained its name allowed it.',
  networks:
    'Addresses match by network, by `*`, and however they are written. Before, letter by letter.',
  'domain-patterns':
    'Domains match by `*` and `⋯`, without regard to case and to the dot at their end; the older single name counts in both directions. Before, letter by letter, and for ingress by the list alone.',
} as const;

/** One of {@link DIFFERENCES}. */
export type Difference = keyof typeof DIFFERENCES;
