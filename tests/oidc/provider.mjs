// A real OpenID Connect provider on loopback: node provider.mjs PORT CLIENT_SECRET REDIRECT_URI PEOPLE_FILE
//
// PEOPLE_FILE holds {"subject": {claim: value, …}, …} and is read at each sign-in, so that a test can change what is claimed. Its sign-in
// page asks for the subject alone, and says by `amr` how it was proven. It prints “ready” when it answers.

import { readFile } from "node:fs/promises";
import process from "node:process";

import { Provider } from "oidc-provider";

const [port, secret, redirectUri, peopleFile] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
const NO_STORE = "no-store";

const people = async () => JSON.parse(await readFile(peopleFile, "utf8"));

async function findAccount(_context, subject) {
  const claims = (await people())[subject];
  return claims && { accountId: subject, claims: async () => ({ ...claims, sub: subject }) };
}

async function loadExistingGrant({ oidc }) {
  // Everybody has agreed to everything already: consent is not what is tested.
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope("openid profile");
  await grant.save();
  return grant;
}

const provider = new Provider(issuer, {
  clients: [{ client_id: "turnpike", client_secret: secret, redirect_uris: [redirectUri] }],
  claims: {
    openid: ["sub", "amr", "auth_time"],
    profile: ["name", "preferred_username", "email", "groups", "rank", "force", "trained"],
  },
  cookies: { keys: ["a key of the tests"] },
  features: { devInteractions: { enabled: false } },
  findAccount,
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  loadExistingGrant,
  pkce: { required: () => true },
});

provider.use(async (context, next) => {
  if (!context.path.startsWith("/interaction/")) {
    await next();
    return;
  }
  context.set("cache-control", NO_STORE);
  if (context.method === "GET") {
    context.type = "html";
    context.body = `<!DOCTYPE html><html lang="en"><title>Provider</title><h1>The force's own sign-in</h1>
      <form method="post"><label>Subject <input name="subject"></label>
      <label><input type="checkbox" name="second" value="yes"> with a second factor</label>
      <button>Sign in there</button></form></html>`;
    return;
  }
  const chunks = [];
  for await (const chunk of context.req) {
    chunks.push(chunk);
  }
  const typed = new URLSearchParams(Buffer.concat(chunks).toString());
  const login = { accountId: typed.get("subject"), amr: typed.get("second") ? ["pwd", "mfa"] : ["pwd"] };
  await provider.interactionFinished(context.req, context.res, { login }, { mergeWithLastSubmission: false });
  context.respond = false;
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
