// An OpenID provider (oidc-provider, certified) for one machine: whoever is in front of it says who they are by a button.
// Its only argument is a file that says under which address, for which client, services and people it is there.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import Provider, { errors } from "oidc-provider";

const [, , file] = process.argv;
const given = JSON.parse(readFileSync(file, "utf8"));
const EIGHT_HOURS = 8 * 3600;

// Read anew each time: an account that is taken out of the file is disabled from that moment.
const accounts = () => JSON.parse(readFileSync(given.accounts, "utf8"));
const accountOf = (sub) => accounts().find((each) => each.sub === sub);
const scopeOf = (service) => `relevo:${service}`;

const provider = new Provider(given.issuer, {
  clients: [
    {
      client_id: given.client.id,
      client_secret: given.client.secret,
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: given.client.redirects,
      post_logout_redirect_uris: given.client.signed_out,
      token_endpoint_auth_method: "client_secret_basic",
      id_token_signed_response_alg: "ES256",
    },
  ],
  jwks: { keys: given.keys.length ? given.keys : [ownKey()] },
  cookies: { keys: [randomBytes(32).toString("hex")], long: { sameSite: "lax" }, short: { sameSite: "lax" } },
  claims: { openid: ["sub"], profile: ["name"] },
  conformIdTokenClaims: false, // the name comes in the id_token, so that nothing more has to be asked
  pkce: { required: () => true },
  ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 600, Grant: EIGHT_HOURS, Session: EIGHT_HOURS, RefreshToken: EIGHT_HOURS },
  rotateRefreshToken: given.rotates === true,
  issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
  extraTokenClaims: (_, token) => ({ roles: accountOf(token.accountId)?.roles ?? [] }),
  findAccount: (_, sub) => {
    const account = accountOf(sub);
    return account && { accountId: sub, claims: () => ({ sub, name: account.name }) };
  },
  loadExistingGrant: async (ctx) => {
    const { client, session, provider: there, params } = ctx.oidc;
    const grant = new there.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope(params.scope);
    for (const [resource, server] of Object.entries(ctx.oidc.resourceServers)) grant.addResourceScope(resource, server.scope);
    await grant.save();
    return grant;
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  renderError: (ctx, out) => {
    ctx.type = "html";
    ctx.body = page(`<h1>This did not work</h1><p>${escaped(out.error)}: ${escaped(out.error_description ?? "")}</p>`);
  },
  features: {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    revocation: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = page(
          `<h1>Sign out of this provider too?</h1>${form}` +
            '<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>' +
            '<button type="submit" form="op.logoutForm">Stay signed in</button>',
        );
      },
      postLogoutSuccessSource: (ctx) => {
        ctx.body = page("<h1>Signed out</h1>");
      },
    },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => {
        const service = given.resources[resource];
        if (!service) throw new errors.InvalidTarget();
        return {
          scope: scopeOf(service),
          audience: service,
          accessTokenTTL: 300,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        };
      },
    },
  },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  ctx.set("Cache-Control", "no-store");
  if (ctx.method === "POST") {
    const { fields } = await read(ctx.req);
    const account = accountOf(fields.get("who"));
    const result = account
      ? { login: { accountId: account.sub, remember: false } }
      : { error: "access_denied", error_description: "nobody of this name has an account" };
    ctx.respond = false;
    return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  }
  await provider.interactionDetails(ctx.req, ctx.res);
  const buttons = accounts().map(
    (each) => `<button name="who" value="${escaped(each.sub)}">${escaped(each.title)} – ${escaped(each.name)}</button>`,
  );
  ctx.type = "html";
  ctx.body = page(
    "<h1>Who are you?</h1><p>For development: nobody here is asked for a password.</p>" +
      `<form method="post">${buttons.join("")}<button name="who" value="">Nobody of these</button></form>`,
  );
});

function ownKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "ES256", kid: randomBytes(8).toString("hex") };
}

async function read(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return { fields: new URLSearchParams(Buffer.concat(pieces).toString("utf8")) };
}

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
}

function page(content) {
  return (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">' +
    "<title>Sign in (development)</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:2rem auto;" +
    "padding:0 1rem;color-scheme:light dark}button{display:block;width:100%;margin:.5rem 0;padding:.75rem 1rem;font:inherit;" +
    `text-align:start;cursor:pointer}</style><main>${content}</main></html>`
  );
}

provider.listen(given.port, "127.0.0.1");
