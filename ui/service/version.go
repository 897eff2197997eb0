package service

import "runtime/debug"

// Version returns the program's version and the version of Go that it was built with,
// according to the build information.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "development"
	}
	return v + " " + info.GoVersion
}
