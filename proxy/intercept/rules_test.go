package intercept_test

import (
	"strings"
	"testing"

	"imapscope/proxy/intercept"
)

// TestRuleNearMisses checks that what is almost the beginning of a rule is an error, not a search
// for that word, which would hold nothing and say nothing.
func TestRuleNearMisses(t *testing.T) {
	for text, want := range map[string]string{
		"response: code":      "write responses: ",
		"Responses: code":     "write responses: ",
		"responses":           "write responses: ",
		"command : x":         "write commands: ",
		"exchange:":           "write exchanges: ",
		` exchanges `:         "write exchanges: ",
		`response: "a: b: c"`: "write responses: ",
	} {
		if _, _, err := intercept.ParseRule(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
	for _, text := range []string{"responses:", " commands : ", `"responses"`, `"response: code"`, `command == "response:"`, "exchanges: NOOP", "NOOP"} {
		if _, _, err := intercept.ParseRule(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
