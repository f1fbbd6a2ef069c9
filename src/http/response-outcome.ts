/** Outcome of a response, for `log_response`. */
export interface ResponseOutcome {
  /** The status code that was sent; `null` if nothing was sent. */
  readonly status: number | null;
  /** Bytes of the body that were sent, without header and framing. */
  readonly size: number;
  /** Seconds from the header of the request to the end of the response. */
  readonly seconds: number;
  /** True if the client can see that it has the whole response; `false` if it is incomplete. */
  readonly complete: boolean;
}
