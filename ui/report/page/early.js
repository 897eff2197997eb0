"use strict";
// A long page is laid out once, when it has loaded completely.
document.documentElement.className = "loading";
