/** What has become of a response: what `log_response` is told. */
export interface ResponseOutcome {
  /** The status code that was sent; `null` where nothing was. */
  readonly status: number | null;
  /** Bytes of content that were sent, without head and framing. */
  readonly size: number;
  /** Seconds from the head of the request to the end of the response. */
  readonly seconds: number;
  /** True if the client can tell that it has all of it. `false` where it was cut off. */
  readonly complete: boolean;
}
