/** What shows the server who asks, and by what the server is recognised. Texts are PEM. */
export interface Credentials {
  /** Value of the `Authorization` header. */
  readonly authorization?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** Authorities that may vouch for the server. Absent: those the system trusts. */
  readonly certificateAuthority?: string;
}

/** Which credentials are asked for. */
export interface CredentialsRequest {
  readonly signal: AbortSignal;
  /** The server answered 401 to these: whatever was kept has to be read or made anew. */
  readonly refused?: Credentials;
}

/** Where an API server is, and how to be let in. */
export interface ClusterAccess {
  /** `https://host:port[/prefix]`, `http://…`, or `unix:/path/of/socket` (ours; plain HTTP over it). No slash at its end. */
  readonly server: string;
  /** The name in the server's certificate when it is not the host of `server`. */
  readonly serverName?: string;
  /** The server's certificate is not checked. */
  readonly isInsecure?: boolean;
  /** Namespace that the credentials belong to, when that is known. */
  readonly namespace?: string;
  /**
   * Credentials that are valid now. Called before every request: what is kept is handed out at once.
   * Rejects with `unavailable` (try again), `invalid` (names file and field) or `aborted`.
   */
  credentials(request: CredentialsRequest): Promise<Credentials>;
}

/** Access without credentials, as our own store on loopback or a unix socket gives it. */
export function openAccess(server: string): ClusterAccess {
  return { server: server.replace(/\/+$/, ''), credentials: async () => ({}) };
}
