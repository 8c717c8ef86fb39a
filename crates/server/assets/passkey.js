// Passkeys on the sign-in page, on the page that a one-time link leads to and on the page where a statement is signed: asks the browser for
// one, sends what it answers to our own server, and says what came of it. The only script of the desk. Every sentence is in the page, so none is here.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const form = document.getElementById("passkey");
const told = document.getElementById("told");

/** Says the sentence of this name, which the page holds. */
function tell(name) {
  told.textContent = form.dataset[name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())] ?? form.dataset.failed;
  told.hidden = false;
}

/** Sends what we have; what is refused says which sentence to tell. */
async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), credentials: "same-origin",
  });
  const said = await answer.json().catch(() => ({ refused: "failed" }));
  if (!answer.ok) throw { refused: said.refused };
  return said;
}

async function enrol() {
  const token = location.hash.slice(1);
  const { ceremony, publicKey } = await send("/enrol/begin", { token });
  publicKey.challenge = bytes(publicKey.challenge);
  publicKey.user.id = bytes(publicKey.user.id);
  for (const known of publicKey.excludeCredentials ?? []) known.id = bytes(known.id);
  const made = await navigator.credentials.create({ publicKey });
  const { attestationObject, clientDataJSON } = made.response;
  const transports = made.response.getTransports?.() ?? [];
  return send("/enrol/finish", {
    token, ceremony,
    credential: {
      id: made.id, rawId: text(made.rawId), type: made.type, extensions: {},
      response: { attestationObject: text(attestationObject), clientDataJSON: text(clientDataJSON), transports },
    },
  });
}

/** Has a passkey answer what the first path asks, and sends the answer to the second. */
async function answer(begin, finish, asked) {
  const { ceremony, publicKey } = await send(begin, asked);
  publicKey.challenge = bytes(publicKey.challenge);
  for (const known of publicKey.allowCredentials ?? []) known.id = bytes(known.id);
  const shown = await navigator.credentials.get({ publicKey });
  const { authenticatorData, clientDataJSON, signature, userHandle } = shown.response;
  return send(finish, {
    ceremony,
    credential: {
      id: shown.id, rawId: text(shown.rawId), type: shown.type, extensions: {},
      response: {
        authenticatorData: text(authenticatorData), clientDataJSON: text(clientDataJSON), signature: text(signature),
        userHandle: userHandle ? text(userHandle) : null,
      },
    },
  });
}

const signIn = () => answer("/sign-in/begin", "/sign-in/finish", {});

/** Signs the statement that this page shows; where it is another one by now, the page is shown anew. */
async function sign() {
  const { path, statement, unrecorded } = form.dataset;
  try {
    const number = unrecorded === undefined ? null : Number(unrecorded);
    return await answer(`${path}/begin`, `${path}/finish`, { statement, unrecorded: number });
  } catch (error) {
    if (error?.refused !== "changed") throw error;
    return { to: `${path}?changed=yes${unrecorded === undefined ? "" : `&unrecorded=${unrecorded}`}` };
  }
}

const steps = { enrol, sign };

form.hidden = false;
if (!window.PublicKeyCredential) tell("unable");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  told.hidden = true;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const { to } = await (steps[form.dataset.what] ?? signIn)();
    location.assign(to);
  } catch (error) {
    tell(error?.refused ?? (error?.name === "NotAllowedError" ? "cancelled" : "failed"));
    button.disabled = false;
  }
});
