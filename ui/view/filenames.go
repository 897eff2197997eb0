package view

import (
	"path/filepath"
	"strings"
)

// FileNames returns the names of files without their folders, as they are named in titles and
// errors. They are not inert yet.
func FileNames(files []string) string {
	names := make([]string, len(files))
	for i, f := range files {
		if names[i] = filepath.Base(f); strings.Contains(f, "://") {
			names[i] = server(f)
		}
	}
	return strings.Join(names, " ")
}

// server returns the scheme and the host of a URL.
func server(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest[strings.LastIndexByte(rest, '@')+1:]
}
