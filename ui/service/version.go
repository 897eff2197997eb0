package service

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"
)

// Version returns the program's version and the version of Go that it was built with,
// according to the build information.
func Version() string {
	b := ReadBuild()
	if b.Go == "" {
		return b.Version
	}
	return b.Version + " " + b.Go
}

// A Build is what the program's build information says of how it was built. What is not known is
// the zero value: a build outside of a checkout has no commit.
type Build struct {
	Version string // "development" outside of a checkout, "unknown" without build information
	Commit  string
	Time    time.Time // of the commit, in UTC
	Go      string    // the version of Go
}

// ReadBuild returns the build of the running program.
func ReadBuild() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Build{Version: "unknown"}
	}
	return buildOf(info)
}

func buildOf(info *debug.BuildInfo) Build {
	b := Build{Version: info.Main.Version, Go: info.GoVersion}
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "development"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			if t, err := time.Parse(time.RFC3339, s.Value); err == nil {
				b.Time = t.UTC()
			}
		}
	}
	return b
}

// String returns what the verb version prints after the program's name: a line, and a second one
// if the commit is known.
func (b Build) String() string {
	text := fmt.Sprintf("%s %s %s/%s", b.Version, b.Go, runtime.GOOS, runtime.GOARCH)
	if b.Commit != "" {
		text += fmt.Sprintf("\ncommit %s of %s", b.Commit, b.Time.Format(time.RFC3339))
	}
	return text
}
