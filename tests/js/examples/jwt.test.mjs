// The example `jwt` with the official client: claims, grants by roles, a fresh token, and the end of the last one.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { TRANSPORTS, connected, next, open, record, refused } from "../support.mjs";

const SECRET = "for this example alone";
const now = () => Math.floor(Date.now() / 1000);
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token as an identity provider makes it. */
function token(claims, { secret = SECRET, alg = "HS256" } = {}) {
  const text = `${base64url({ alg, typ: "JWT" })}.${base64url({ exp: now() + 3600, ...claims })}`;
  const signature = alg === "none" ? "" : createHmac("sha256", secret).update(text).digest("base64url");
  return `${text}.${signature}`;
}

const auth = (claims) => ({ auth: { token: token(claims) } });

for (const [name, options] of Object.entries(TRANSPORTS)) {
  test(`claims are in the session and roles are grants over ${name}`, async (t) => {
    const ada = await connected(t, "/account", { ...options, ...auth({ sub: "ada", roles: ["admin"] }) });
    assert.equal((await ada.emitWithAck("whoami")).sub, "ada");
    assert.equal(await ada.emitWithAck("audit"), "all is well");
    // Without the role in the fresh token the grant is gone.
    assert.equal(typeof (await ada.emitWithAck("reauthenticate", token({ sub: "ada" }))), "number");
    assert.equal((await ada.emitWithAck("audit")).error.code, "forbidden");
  });
}

test("tokens that are not valid are refused, and change nothing", async (t) => {
  const bad = {
    "another secret": token({ sub: "ada" }, { secret: "guessed" }),
    "no signature": token({ sub: "ada" }, { alg: "none" }),
    "another algorithm": token({ sub: "ada" }, { alg: "HS512" }),
    "over": token({ sub: "ada", exp: now() - 1 }),
    "no end": token({ sub: "ada", exp: undefined }),
    "no token": "x",
  };
  const ada = await connected(t, "/account", auth({ sub: "ada", roles: ["admin"] }));
  for (const [what, wrong] of Object.entries(bad)) {
    assert.equal((await refused(t, "/account", { auth: { token: wrong } })).data.code, "unauthorized", what);
    assert.equal((await ada.emitWithAck("reauthenticate", wrong)).error.code, "unauthorized", what);
  }
  assert.equal((await ada.emitWithAck("reauthenticate", token({ sub: "grace" }))).error.code, "unauthorized");
  assert.equal(await ada.emitWithAck("audit"), "all is well");
  assert.equal((await refused(t, "/account")).data.code, "bad_request");
});

test("a fresh token prolongs the stay, and the end of the last one ends it", async (t) => {
  // Both tokens end in the same second, whenever that comes; the client is told at once, because that is less than a minute away.
  const exp = now() + 6;
  const [ada, grace] = ["ada", "grace"].map((sub) => open(t, "/account", auth({ sub, exp })));
  for (const [left] of await Promise.all([ada, grace].map((socket) => next(socket, "auth_expiring")))) {
    assert.ok(left <= 6000, `${left} ms`);
  }
  const later = now() + 3600;
  assert.equal(await ada.emitWithAck("reauthenticate", token({ sub: "ada", exp: later })), later);
  const told = record(grace, "auth_expired");
  assert.equal((await next(grace, "disconnect", 20_000))[0], "io server disconnect");
  assert.equal(told.length, 1);
  assert.equal((await ada.emitWithAck("whoami")).exp, later);
});
