/** The forms of common secrets: keys and tokens with a known form, and values behind a revealing name. */

/** What replaces a secret. */
export const mark = "[redacted]";

/** Begins a token: not inside of a word, but behind an escape such as `\n`, as texts in JSON and DOT have it. */
const begin = String.raw`(?:(?<=\\[nrtlbf])|(?<![A-Za-z0-9]))`;

/** Tokens by the beginnings that their issuers gave them, so that they can be found. */
const prefixed: readonly string[] = [
  // Models: OpenAI, Anthropic, OpenRouter, Groq, xAI, Hugging Face, Replicate, Perplexity.
  ...["sk-[\\w-]{12,}", "gsk_\\w{20,}", "xai-\\w{20,}", "hf_\\w{20,}", "r8_\\w{20,}", "pplx-\\w{20,}"],
  // Clouds: AWS, Google, DigitalOcean, Databricks, Fly, Azure's SAS, Cloudflare's origin keys.
  ...[
    "(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}(?![A-Za-z0-9])",
    "AIza[\\w-]{20,}",
    "ya29\\.[\\w.-]{20,}",
    "GOCSPX-[\\w-]{20,}",
  ],
  ...[
    "do[opr]_v1_\\w{20,}",
    "dapi[0-9a-f]{32}",
    "fo1_[\\w-]{20,}",
    "FlyV1 [\\w+/=,-]{20,}",
    "v1\\.0-[0-9a-f]{20,}-?[0-9a-f]*",
  ],
  // Code: GitHub, GitLab, npm, PyPI, Docker, RubyGems, CircleCI, Terraform, Pulumi, Postman.
  ...["gh[pousr]_[A-Za-z0-9_-]{20,}", "github_pat_[A-Za-z0-9_-]{20,}", "gl(?:pat|ptt|dt|rt|cbt|ft|soat)-[\\w.-]{16,}"],
  ...["npm_[A-Za-z0-9]{20,}", "pypi-[\\w-]{20,}", "dckr_(?:pat|oat)_[\\w-]{20,}", "rubygems_[0-9a-f]{20,}"],
  ...["CCIPAT_[\\w-]{20,}", "[A-Za-z0-9]{8,20}\\.atlasv1\\.[\\w-]{20,}", "pul-[0-9a-f]{20,}", "PMAK-[\\w-]{20,}"],
  // Payments and shops: Stripe, Square, Shopify.
  ...[
    "[prs]k_(?:live|test)_\\w{8,}",
    "whsec_[\\w+/=]{16,}",
    "sq0[a-z]{3}-[\\w-]{16,}",
    "shp(?:at|ca|pa|ss)_[\\w-]{16,}",
  ],
  // Messages: Slack, SendGrid, Telegram, Mailchimp, Mailgun, Twilio, Brevo, Discord.
  ...["xox[a-z]-[\\w-]{8,}", "xapp-[\\w-]{8,}", "SG\\.[\\w-]{10,}\\.[\\w-]{10,}", "\\d{8,10}:AA[\\w-]{30,}"],
  ...["[0-9a-f]{32}-us\\d{1,2}(?!\\d)", "key-[0-9a-f]{32}", "(?:SK|AC)[0-9a-f]{32}(?![0-9a-f])", "xkeysib-[\\w-]{20,}"],
  ...["[MNO][\\w-]{23,25}\\.[\\w-]{6}\\.[\\w-]{27,}"],
  // Tools: Notion, Linear, Airtable, Atlassian, Figma, Grafana, New Relic, Vault, Tailscale, Supabase, Doppler, age.
  ...[
    "ntn_\\w{20,}",
    "secret_[A-Za-z0-9]{32,}",
    "lin_api_\\w{20,}",
    "pat[A-Za-z0-9]{14}\\.[0-9a-f]{32,}",
    "ATATT3x[\\w=-]{20,}",
  ],
  ...[
    "figd_[\\w-]{20,}",
    "gl(?:sa|c)_[\\w=-]{20,}",
    "NR(?:AK|II|JS)-\\w{16,}",
    "hv[sbr]\\.[\\w-]{16,}",
    "tskey-[\\w-]{12,}",
  ],
  ...[
    "sbp_[0-9a-f]{20,}",
    "dp\\.(?:pt|st|ct|sa)\\.[\\w.-]{20,}",
    "AGE-SECRET-KEY-1[A-Z0-9]{20,}",
    "pscale_\\w{3,5}_[\\w.-]{16,}",
  ],
  // JSON web tokens, and Mapbox's, which have two parts.
  ...["(?:[ps]k\\.)?eyJ[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*)?"],
];

const quote = String.raw`\\?["']`;
/** Names whose values are secrets. `token` alone is not among them: in texts about language it is a word. */
const telling =
  "(?:pass(?:word|wd|phrase)|pwd|secret|" +
  "(?:api|access|account|shared|private|secret|encryption|signing|auth)[ _-]?key|" +
  "apikey|(?:access|auth|refresh|id|bearer|session|security|api|client)[ _-]?token|client[ _-]?secret|credentials?)";

const privateKey = "[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?";

/** Secrets by their surroundings. All forms are linear: none may be slow on a long text. */
export const secretForms: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`-----BEGIN ${privateKey}-----[\\s\\S]*?(?:-----END ${privateKey}-----|$)`, "g"), mark],
  // Headers.
  [
    new RegExp(
      `${begin}(Bearer\\s+|Authorization\\\\?["']?\\s{0,3}[:=]\\s{0,3}\\\\?["']?` +
        `(?:Basic|Token|Digest|ApiKey)\\s+)[\\w.~+/=:-]{8,}`,
      "gi",
    ),
    `$1${mark}`,
  ],
  [new RegExp(`${begin}((?:Set-)?Cookie\\s{0,3}:\\s{0,3})[^\\r\\n"\\\\]{8,}`, "gi"), `$1${mark}`],
  // A password in a URL, also without a user; a user that is a token is known by its form.
  [/([a-z][a-z0-9+.-]{1,30}:\/\/[^\s:@/?#"'<>\\]{0,100}:)(?!\d{1,5}[/?#])[^\s@"'<>\\]{1,200}@/gi, `$1${mark}@`],
  // Parameters of a URL.
  [
    new RegExp(
      String.raw`([?&;](?:[\w-]{0,30}[_-])?` +
        "(?:token|key|apikey|secret|password|passwd|pwd|auth|sig|signature|credential|code|sas)=)" +
        String.raw`[^&\s#"'<>\\]{4,}`,
      "gi",
    ),
    `$1${mark}`,
  ],
  // Webhooks, whose whole path is the secret.
  [/(hooks\.slack\.com\/(?:services|workflows)\/|discord(?:app)?\.com\/api\/webhooks\/)[\w/-]{12,}/gi, `$1${mark}`],
  [new RegExp(`${begin}(?:${prefixed.join("|")})`, "g"), mark],
  // Behind a telling name: in quotes, without a space around `=`, or a word with a digit.
  [
    new RegExp(`(${telling}(?:${quote})?\\s{0,3}(?:=>|[:=])\\s{0,3}(${quote}))[^\\s"'\\\\]{4,}(?=\\2)`, "gi"),
    `$1${mark}`,
  ],
  [new RegExp(`(${telling}=)(?![\\w.]{0,100}\\()[^\\s;&"'\\\\,()<>{}[\\]]{4,}`, "gi"), `$1${mark}`],
  [
    new RegExp(
      `(${telling}\\s{0,3}(?:=>|[:=]| is)\\s{0,3})(?=[^\\s\\d;"',]{0,60}\\d)[^\\s;&"'\\\\,()<>{}[\\]]{6,}`,
      "gi",
    ),
    `$1${mark}`,
  ],
];

/** Names of environment variables whose values are secrets. */
const secretNames = new RegExp(
  "(?:^|_)(?:API_?KEYS?|KEYS?|TOKENS?|SECRETS?|PASSWORDS?|PASSWD|PASS|PASSPHRASE|CREDENTIALS?|DSN|WEBHOOK)(?:_|$)|" +
    String.raw`(?:DATABASE|REDIS|MONGO\w*|POSTGRES\w*|MYSQL|AMQP|DB|BROKER)_UR[IL]$|CONN(?:ECTION)?_?STR(?:ING)?$`,
  "i",
);
/** What such a name may end in when it says where the secret is, or how large. */
const aboutSecrets = /_(?:PATH|FILE|DIR|ID|NAME|COUNT|LENGTH|SIZE|LIMIT|VERSION|TYPE|TTL|EXPIRY|REGION)$/i;

/** Whether an environment variable holds a secret, by its name. */
export function isSecretName(name: string): boolean {
  return secretNames.test(name) && !aboutSecrets.test(name);
}
