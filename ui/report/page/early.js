"use strict";
// A long page is laid out once, when all of it is there.
document.documentElement.className = "loading";
