// Passkeys: hands what the server asks for to the browser, and what the browser answers to the form. Keeps nothing.
"use strict";
(() => {
  const able = window.PublicKeyCredential?.parseCreationOptionsFromJSON && window.PublicKeyCredential.parseRequestOptionsFromJSON;

  const answer = async (button, options) => button.dataset.passkey === "new"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });

  const ask = async (button, form) => {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
    const asked = await fetch(button.dataset.options, { method: "POST", body, credentials: "same-origin" });
    if (!asked.headers.get("content-type")?.startsWith("application/json")) return location.assign(asked.url);
    const made = await answer(button, await asked.json());
    form.elements.passkey.value = JSON.stringify(made.toJSON());
    form.submit();
  };

  for (const button of document.querySelectorAll("button[data-passkey]")) {
    const form = button.form;
    const said = form.querySelector("[data-said]");
    const instead = [...form.querySelectorAll("[data-instead]")];
    form.elements.passkey.value = "";
    if (!able) {
      said.hidden = false;
      continue;
    }
    button.hidden = false;
    button.addEventListener("click", async () => {
      for (const field of instead) field.required = false; // the passkey stands in for it
      if (form.reportValidity()) {
        button.disabled = true;
        said.hidden = true;
        await ask(button, form).catch(() => { said.hidden = false; });
        button.disabled = false;
      }
      for (const field of instead) field.required = true;
    });
  }
})();
