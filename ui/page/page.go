// Package page holds what pages share: their colours, and the script that explains words and shows bytes next to their syntax tree.
//
// A page of its own files serves Files; one that is a single file has Style and Script in it.
package page

import (
	"embed"
	"io/fs"
	"regexp"
)

//go:embed shared.css shared.js
var files embed.FS

// Files are shared.css and shared.js, a module.
func Files() fs.FS { return files }

// Style returns the styles: they come before those of a page.
func Style() string { return read("shared.css") }

var exported = regexp.MustCompile(`(?m)^export (function|class|const) (\w+)`)

// Script returns a script that defines imapscopeShared, an object with what the module exports.
func Script() string {
	names := ""
	body := exported.ReplaceAllStringFunc(read("shared.js"), func(line string) string {
		m := exported.FindStringSubmatch(line)
		names += m[2] + ", "
		return m[1] + " " + m[2]
	})
	return "\"use strict\";\nconst imapscopeShared = (() => {\n" + body + "\nreturn {" + names + "};\n})();\n"
}

func read(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(b)
}
