// A force's directory for the tests: whoever types a login is signed in as the mail address of that name.
// node provider.mjs PORT CALLBACK
import Provider from "oidc-provider";

const [port, callback] = process.argv.slice(2);
const provider = new Provider(`http://localhost:${port}`, {
  clients: [{
    client_id: "vkpp", client_secret: "only-for-tests-only-for-tests-only", redirect_uris: [callback],
    grant_types: ["authorization_code"], response_types: ["code"],
  }],
  pkce: { required: () => true },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: ["only for tests"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id.replace("unverified:", ""), email_verified: !id.startsWith("unverified:") }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
