package door

import (
	"os"
	"os/exec"
	"runtime"
)

// Desktop returns what opens a link in the user's browser, or nil if there is no screen to
// open one on.
func Desktop() func(link string) error { return desktop(runtime.GOOS, os.Getenv) }

func desktop(system string, getenv func(string) string) func(link string) error {
	var command []string
	switch {
	case system == "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler"}
	case system == "darwin":
		command = []string{"open"}
	case getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "":
		command = []string{"xdg-open"}
	default:
		return nil
	}
	return func(link string) error {
		c := exec.Command(command[0], append(command[1:], link)...)
		c.SysProcAttr = apart() // Ctrl-C ends imapscope, not the browser
		if err := c.Start(); err != nil {
			return err
		}
		go func() { _ = c.Wait() }() // some of these run as long as the browser
		return nil
	}
}
