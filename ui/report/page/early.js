"use strict";
// What needs a script is shown only where there is one.
document.documentElement.className = "js";
