// What script adds to pages that already work without it.
import "./app.css";
import { focusErrors, guardAgainstDoubleSending } from "./forms";
import { countPasswordLength, offerToShowPasswords } from "./password";
import { guessTimeZone } from "./time-zone";

focusErrors();
guardAgainstDoubleSending();
offerToShowPasswords();
countPasswordLength();
guessTimeZone();

// Only the checklist changes in place, so only the checklist pays for htmx.
if (document.querySelector("[data-hx-post]")) {
  void import("./in-place");
}
