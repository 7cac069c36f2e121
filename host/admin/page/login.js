"use strict";

// The address that wshd prints at start holds the token behind its #, which browsers send to nobody. It is taken
// out of the address, and so out of the history, before it is used.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  history.replaceState(null, "", "login");
  const form = document.querySelector("form");
  form.token.value = given;
  form.submit();
}
