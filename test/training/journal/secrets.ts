/**
 * Secrets of many forms, made up, to be planted in a run. Joined from parts, so that no scanner of repositories finds
 * them here.
 */

const join = (...parts: readonly string[]): string => parts.join("");
const hex = "0123456789abcdef0123456789abcdef";
const word = "aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA3bC5";

/** A text that holds a secret, and the part of it that nobody may see. */
export interface Planted {
  readonly text: string;
  readonly secret: string;
}

const alone = (...parts: readonly string[]): Planted => ({ text: join(...parts), secret: join(...parts) });
const inside = (before: string, secret: string, after = ""): Planted => ({ text: before + secret + after, secret });

export const planted: Readonly<Record<string, Planted>> = {
  anthropic: alone("sk-", "ant-api03-", word),
  openai: alone("sk-", "proj-", word),
  groq: alone("gsk", "_", word),
  huggingFace: alone("hf", "_", word.slice(0, 34)),
  replicate: alone("r8", "_", word),
  awsKeyId: alone("AKIA", "Z7QRSTUVWXYZ2345"),
  awsSecret: inside("aws_secret_access_key = ", join("wJalrXUtnFEMI/K7MDENG", "/bPxRfiCYzzzzzzKEY")),
  google: alone("AIza", "SyA1234567890abcdefghijklmnopqrstuv"),
  googleOAuth: alone("ya29", ".a0AfH6SMBx", word),
  digitalOcean: alone("dop", "_v1_", hex, hex),
  databricks: alone("dapi", hex),
  github: alone("ghp", "_", word),
  githubFine: alone("github", "_pat_11AAAAAAA0", word),
  gitlab: alone("glpat", "-", word.slice(0, 20)),
  npm: alone("npm", "_", word),
  pypi: alone("pypi", "-AgEIcHlwaS5vcmc", word),
  docker: alone("dckr", "_pat_", word),
  stripe: alone("sk", "_live_", word.slice(0, 24)),
  stripeWebhook: alone("whsec", "_", word),
  shopify: alone("shpat", "_", hex),
  slack: alone("xoxb", "-123456789012-", word),
  slackWebhook: inside("https://hooks.slack.com/services/", join("T00000000/B00000000/", word.slice(0, 24))),
  sendGrid: alone("SG", ".", word.slice(0, 22), ".", word),
  telegram: alone("123456789", ":AA", word.slice(0, 33)),
  mailgun: alone("key", "-", hex),
  twilio: alone("SK", hex),
  notion: alone("ntn", "_", word),
  linear: alone("lin", "_api_", word),
  vault: alone("hvs", ".", word),
  figma: alone("figd", "_", word),
  webToken: alone("eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0NTY3ODkwIn0", ".dozjgNryP4J3jVmNHl0w5N"),
  bearer: inside("Authorization: Bearer ", join("opaque.", word)),
  basic: inside("Authorization: Basic ", "dXNlcjpodW50ZXIyaHVudGVyMg=="),
  cookie: inside("Cookie: ", "session=9f8e7d6c5b4a; theme=dark"),
  postgres: inside("postgres://app:", "pg-Passw0rd!", "@db.internal:5432/app"),
  redis: inside("redis://:", "r3disSecretValue", "@cache:6379/0"),
  mongo: inside("mongodb+srv://root:", "m0ngo.pass", "@cluster0.example.net/test"),
  sqlServer: inside("Server=db;User Id=sa;Password=", "SqlServerSecret", ";Encrypt=true"),
  azure: inside("AccountName=x;AccountKey=", join(word, "/+", word, "=="), ";EndpointSuffix=core.windows.net"),
  url: inside("https://api.example.com/v1?api_key=", "url-secret-value-1", "&page=2"),
  signedUrl: inside("https://bucket.s3.amazonaws.com/a?X-Amz-Signature=", join(hex, hex)),
  jsonPassword: inside('{"password": "', "correct-horse", '"}'),
  assigned: inside("DB_PASSWORD=", "hunter2hunter2"),
  privateKey: {
    text: join("-----BEGIN ", "RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7", word, "\n-----END ", "RSA PRIVATE KEY-----"),
    secret: join("MIIEowIBAAKCAQEA7", word),
  },
  ofTheEnvironment: alone("only-the-environment", "-knows-this-one"),
  ofOnesOwn: alone("customer", "#4711-internal"),
};
