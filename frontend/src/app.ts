// What script adds to pages that already work without it.
import "./app.css";
import { takeBoxesAlong } from "./along";
import { celebrateWhenDone } from "./checklist";
import { focusErrors, guardAgainstDoubleSending } from "./forms";
import { offerHelpInPlace } from "./help-panel";
import { offerToShowPasswords } from "./password";
import { searchBySlash } from "./search";
import { judgeNewPasswords } from "./strength";
import { guessTimeZone } from "./time-zone";

focusErrors();
takeBoxesAlong();
if (document.querySelector("fm-checklist")) celebrateWhenDone();
guardAgainstDoubleSending();
offerToShowPasswords();
judgeNewPasswords();
guessTimeZone();
searchBySlash();
offerHelpInPlace();

// Only where a passkey is made or used, and only by a browser that can.
if ("PublicKeyCredential" in window && document.querySelector("form[data-passkey]")) {
  void import("./passkeys").then((passkeys) => passkeys.offerPasskeys());
}

// Only the page that takes a picture draws one.
if (document.querySelector("[data-picture]")) {
  void import("./picture").then((picture) => picture.showChosenPictures());
}

// Only the page that shows recovery codes helps to keep them.
if (document.querySelector("[data-copy]")) {
  void import("./recovery-codes").then((codes) => codes.offerToKeepCodes());
}

// Only the list of flags is filtered and walked in place.
if (document.querySelector("[data-filter]")) {
  void import("./flag-list").then((list) => list.quickenFlagList());
}

// Only where a draft is written does its preview follow.
if (document.querySelector("form[data-preview]")) {
  void import("./preview").then((preview) => preview.followWithPreviews());
}

// Only the page of insights draws charts.
if (document.querySelector("[data-chart]")) {
  void import("./charts/page").then((charts) => charts.drawCharts());
}

// Only the checklist changes in place, so only the checklist pays for htmx.
if (document.querySelector("[data-hx-post]")) {
  void import("./in-place");
}
