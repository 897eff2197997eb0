package service

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestBuild(t *testing.T) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	for _, x := range []struct {
		name string
		info debug.BuildInfo
		want string
	}{
		{"outside of a checkout", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"}},
			"development go1.26.8 " + platform},
		{"a release", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v0.1.0"}, Settings: []debug.BuildSetting{
			{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "0254afa7"}, {Key: "vcs.time", Value: "2026-11-30T18:42:29+01:00"},
		}}, "v0.1.0 go1.26.8 " + platform + "\ncommit 0254afa7 of 2026-11-30T17:42:29Z"},
	} {
		if got := buildOf(&x.info).String(); got != x.want {
			t.Errorf("%s: %q, not %q", x.name, got, x.want)
		}
	}
}
