/**
 * Recognises failures of external services by what real clients throw: HTTP statuses, codes of Node, marks
 * of SDKs.
 */

type ErrorFields = Readonly<Record<string, unknown>>;

/**
 * Statuses that no other request would have avoided: no access, no money, too many requests, too slow. So is 500 and
 * above.
 */
const outageStatus: ReadonlySet<number> = new Set([401, 402, 403, 407, 408, 425, 429]);

/** Names, codes and types are short. Longer texts are no such thing, and to search them may take long. */
const maxLength = 200;
/** How much of a message is looked at, in characters. */
const maxMessage = 10_000;

function wholeMatch(alternatives: string): (value: unknown) => boolean {
  const pattern = new RegExp(`^(${alternatives})$`);
  return (value) => typeof value === "string" && value.length <= maxLength && pattern.test(value);
}

/** Codes of Node and undici for the network, the machine and the installation. */
const isOutageCode = wholeMatch(
  String.raw`ECONN\w+|ENOTFOUND|EAI_\w+|ETIMEDOUT|EPIPE|EHOST\w+|ENET\w+|EADDRNOTAVAIL|EPROTO|ENOSPC|` +
    String.raw`EDQUOT|EROFS|EIO|EMFILE|ENFILE|ENOMEM|ERR_NETWORK|ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|` +
    String.raw`ERR_DLOPEN_FAILED|ERR_WORKER_INIT_FAILED|ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|` +
    String.raw`\w*SELF_SIGNED_CERT\w*|UNABLE_TO_\w+|` +
    String.raw`UND_ERR_(CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|SOCKET|ABORTED|DESTROYED|CLOSED|` +
    String.raw`RES_CONTENT_LENGTH_MISMATCH|RESPONSE\w*)|` +
    String.raw`HPE_\w+`,
);

/** What providers call an error in its type or code, where there is no status: in a stream, behind a gateway. */
const isOutageType = wholeMatch(
  String.raw`overloaded_error|api_error|rate_limit_error|rate_limit_exceeded|timeout_error|` +
    String.raw`authentication_error|permission_error|billing_error|server_error|insufficient_quota|` +
    String.raw`invalid_api_key|RESOURCE_EXHAUSTED|UNAVAILABLE|UNAUTHENTICATED|DEADLINE_EXCEEDED`,
);

/** Names of error classes. */
const isOutageName = wholeMatch(
  String.raw`APIConnection(Timeout)?Error|RateLimitError|AuthenticationError|PaymentRequiredError|` +
    String.raw`PermissionDeniedError|RequestTimeoutError|InternalServerError|ServiceUnavailableError|` +
    String.raw`OverloadedError|GatewayTimeoutError|AI_LoadAPIKeyError|CredentialsProviderError|` +
    String.raw`ExpiredToken\w*|UnrecognizedClientException|AccessDenied\w*|InvalidSignature\w*|` +
    String.raw`\w*Throttl\w*|TooManyRequests\w*|ServiceUnavailable\w*|ServiceQuotaExceeded\w*|` +
    String.raw`ProvisionedThroughputExceeded\w*|RequestLimitExceeded|SlowDown`,
);

/** The name of a refusal for too many requests, which some services answer with 400. */
const isThrottled = wholeMatch(String.raw`\w*Throttl\w*`);

/**
 * Codes of gRPC, whose errors bear `details` and `metadata`: deadline, no rights, exhausted, unavailable, not signed
 * in.
 */
const grpcOutages: ReadonlySet<unknown> = new Set([4, 7, 8, 14, 16]);

/** Providers that answer an empty account with 400, as if the request were bad. */
const emptyAccount = /credit balance is too low|exceeded your current quota|insufficient (credit|quota|funds|balance)/i;

/** What was found of an error in the process that threw it. */
interface OutageVerdict {
  readonly of: "world" | "program" | undefined;
}

const verdictKey = Symbol("what an error of another process says");

/** Marks an error of another process with what it said there. */
export function withVerdict<E extends Error>(error: E, of: OutageVerdict["of"]): E {
  return Object.defineProperty(error, verdictKey, { value: { of } satisfies OutageVerdict });
}

/**
 * What an error says by itself: `world` for an outage, `program` for a request that was refused for what it asked (400,
 * 404, 422 and the like), undefined when it says nothing of the kind, so that its causes decide.
 */
export function outageOf(error: unknown): "world" | "program" | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const fields = error as ErrorFields;
  const { [verdictKey]: verdict } = error as { readonly [verdictKey]?: OutageVerdict };
  if (verdict !== undefined) return verdict.of;
  if (isMarked(fields)) return "world";
  const status = statusOf(fields);
  if (status !== undefined && status >= 400) return isOutage(status, fields) ? "world" : "program";
  return isNamed(fields, classOf(error)) || isCoded(fields) || isBareFetch(fields) ? "world" : undefined;
}

/** Marks by which an SDK itself says that the same request may work later. */
function isMarked(fields: ErrorFields): boolean {
  return fields["isRetryable"] === true || truthyObject(fields["$retryable"]) || fields["$fault"] === "server";
}

function isOutage(status: number, fields: ErrorFields): boolean {
  if (status >= 500 || outageStatus.has(status)) return true;
  // Model SDKs ask again after a conflict, which is a lock of theirs; of any other service it is an answer.
  if (status === 409) return "requestID" in fields || "request_id" in fields;
  if (isTyped(fields) || isThrottled(fields["name"])) return true;
  return emptyAccount.test(String(fields["message"]).slice(0, maxMessage));
}

/** The status of an HTTP answer, wherever clients put it. */
function statusOf(fields: ErrorFields): number | undefined {
  const response = part(fields, "response");
  const metadata = part(fields, "$metadata");
  const found = [
    ...[fields["status"], fields["statusCode"], fields["httpStatus"], metadata["httpStatusCode"]],
    ...[response["status"], response["statusCode"], fields["code"]],
  ];
  const short = found.filter((one) => typeof one !== "string" || one.length <= maxLength);
  return short.map(Number).find((one) => Number.isInteger(one) && one >= 100 && one < 600);
}

function isNamed({ name }: ErrorFields, className: unknown): boolean {
  // What `AbortSignal.timeout` ends with. Classes of that name mean other things: a selector that never showed, for
  // one.
  if (className === "DOMException") return name === "TimeoutError";
  return isOutageName(name) || isOutageName(className);
}

function isCoded(fields: ErrorFields): boolean {
  const { code } = fields;
  if (isOutageCode(code) || isTyped(fields)) return true;
  return grpcOutages.has(code) && "details" in fields && "metadata" in fields;
}

/** By its type or code, or those of the body that came back. */
function isTyped(fields: ErrorFields): boolean {
  const body = part(fields, "error");
  const inner = part(body, "error");
  return [fields, body, inner].some(({ type, code, status }) => [type, code, status].some(isOutageType));
}

/** What a `fetch` throws that tells no cause. */
function isBareFetch({ name, message, cause }: ErrorFields): boolean {
  return name === "TypeError" && cause === undefined && (message === "fetch failed" || message === "Failed to fetch");
}

function classOf(error: object): unknown {
  return (Object.getPrototypeOf(error) as { readonly constructor?: { readonly name?: unknown } } | null)?.constructor
    ?.name;
}

function part(fields: ErrorFields, key: string): ErrorFields {
  const value = fields[key];
  return truthyObject(value) ? value : {};
}

function truthyObject(value: unknown): value is ErrorFields {
  return typeof value === "object" && value !== null;
}
