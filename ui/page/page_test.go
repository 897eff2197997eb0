package page

import (
	"strings"
	"testing"
)

// TestScriptHasNoExports checks that a script that is no module can have all of it.
func TestScriptHasNoExports(t *testing.T) {
	s := Script()
	if strings.Contains(s, "export ") {
		t.Error("something is still exported")
	}
	for _, name := range []string{"el", "button", "bar", "rove", "word", "explain", "dumpLine", "Look"} {
		if !strings.Contains(s[strings.LastIndex(s, "return {"):], name+",") {
			t.Errorf("%s is not in the object", name)
		}
	}
}
