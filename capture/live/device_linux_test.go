package live

import (
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// device creates an interface for the test, or skips the test with a message.
func device(t *testing.T) string {
	t.Helper()
	const name = "imapscopetest" // 15 bytes at most, with the other end's 2
	if out, err := exec.Command("ip", "link", "add", name, "type", "veth", "peer", "name", name+"2").CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: no interface can be made: %v %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("ip", "link", "del", name).Run() })
	return name
}

func link(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("ip", append([]string{"-d", "link"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip link %v: %v %s", args, err, out)
	}
	return string(out)
}

// TestInterfaceGoesDown checks that New explains how to bring up an interface that
// is down, and that Run ends with an error if its interface goes down, but
// continues if it captures on all interfaces.
func TestInterfaceGoesDown(t *testing.T) {
	for _, how := range [][]string{{"set", "down"}, {"del"}} {
		name := device(t)
		_, err := New(Options{Interface: name})
		if want := "sniff: interface " + name + " is down: sudo ip link set " + name + " up"; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		link(t, "set", name, "up")
		one, all := open(t, Options{Interface: name}), open(t, Options{Interface: Any})
		done := make(chan error, 1)
		go func() { done <- one.Run(t.Context(), newSink()) }()
		stopAll := start(t, all, newSink())
		time.Sleep(20 * time.Millisecond)
		link(t, append([]string{how[0], name}, how[1:]...)...)
		select {
		case err := <-done:
			if want := "sniff: interface " + name + " went down"; err == nil || err.Error() != want {
				t.Errorf("%v: got  %v\nwant %s", how, err, want)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%v: Run continues", how)
		}
		if err := stopAll(); err != nil {
			t.Errorf("%v: all interfaces: %v", how, err)
		}
		_ = exec.Command("ip", "link", "del", name).Run()
	}
}

// TestPromiscuousModeIsSetOnRequestAndReset checks that promiscuous mode is set only on request, and reset at the end.
func TestPromiscuousModeIsSetOnRequestAndReset(t *testing.T) {
	name := device(t)
	link(t, "set", name, "up")
	if _, err := net.InterfaceByName(name); err != nil {
		t.Fatal(err)
	}
	promiscuous := func() bool { return strings.Contains(link(t, "show", name), "promiscuity 1 ") }
	open(t, Options{Interface: name})
	if promiscuous() {
		t.Error("promiscuous unasked")
	}
	src := open(t, Options{Interface: name, Promiscuous: true})
	if !promiscuous() {
		t.Error("not promiscuous")
	}
	src.Close()
	if promiscuous() {
		t.Error("promiscuous after Close")
	}
}
