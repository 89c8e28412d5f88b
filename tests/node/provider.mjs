// A certified OpenID provider for the tests, on PROVIDER_PORT or a free port of this machine.
//
// Takes its clients as JSON in PROVIDER_CLIENTS and prints its issuer once it listens. Whoever
// signs in with a name is that person: `dana` is dana@example.org, whose address is verified
// unless the name begins with `unverified-`; a name that begins with `nobody-` has no address.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const clients = JSON.parse(process.env.PROVIDER_CLIENTS ?? "[]");

function claimsOf(name) {
  const person = { sub: name, name: `${name} example`, preferred_username: name };
  if (name.startsWith("nobody-")) return person;
  return {
    ...person,
    given_name: name[0].toUpperCase() + name.slice(1),
    family_name: "Example",
    email: `${name.replace(/^unverified-/, "")}@example.org`,
    email_verified: !name.startsWith("unverified-"),
  };
}

const server = createServer();
server.listen(Number(process.env.PROVIDER_PORT ?? 0), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients,
    claims: {
      openid: ["sub"],
      email: ["email", "email_verified"],
      profile: ["name", "given_name", "family_name", "preferred_username"],
    },
    cookies: { keys: ["only for tests"] },
    findAccount: (_, name) => ({ accountId: name, claims: () => claimsOf(name) }),
    pkce: { required: () => true },
  });
  provider.on("server_error", (_, error) => console.error(error));
  server.on("request", provider.callback());
  console.log(issuer);
});
