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
		names[i] = filepath.Base(f)
	}
	return strings.Join(names, " ")
}
