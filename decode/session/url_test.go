package session

import (
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

const urlToken = "91354a473744909de610943775f92038"

// TestSecretsOfURLsAreMasked checks that the token of a URL is a secret in what either side
// sends, in quotes, literals and human-readable text, and is known from then on.
func TestSecretsOfURLsAreMasked(t *testing.T) {
	const url = "imap://joe@h/INBOX/;uid=20;urlauth=submit+fred:internal:" + urlToken
	row := func(k protocol.Kind, name string) *protocol.Row { return protocol.Lookup(k, name) }
	for name, in := range map[string]Input{
		"request":  {Kind: Request, Command: row(protocol.Command, "URLFETCH"), Message: split("a URLFETCH \""+url+"\"\r\n", true)},
		"literal":  {Kind: Request, Command: row(protocol.Command, "URLFETCH"), Message: split("a URLFETCH {88+}\r\n"+url+"\r\n", true)},
		"append":   {Kind: Request, Command: row(protocol.Command, "APPEND"), Message: split("a APPEND x CATENATE (URL \""+url+"\")\r\n", true)},
		"response": {Kind: Untagged, Dir: capture.ServerToClient, Row: row(protocol.Response, "GENURLAUTH"), Message: split("* GENURLAUTH \""+url+"\"\r\n", false)},
		"referral": {Kind: Tagged, Dir: capture.ServerToClient, Row: row(protocol.Completion, "NO"), Message: split("a NO [REFERRAL "+url+"] go\r\n", false)},
	} {
		if in.Kind == Tagged {
			in.Text = in.Raw[len("a NO "):]
		}
		s := New(false)
		s.Feed(&in)
		if len(in.Secrets) != 1 || string(in.Secrets[0].Of(in.Raw)) != urlToken {
			t.Errorf("%s: %v", name, in.Secrets)
		}
		if got := s.Words().Hide("text with "+strings.ToUpper(urlToken), "#"); got != "text with #" {
			t.Errorf("%s: %s", name, got)
		}
	}
	data := protocol.Lookup(protocol.Response, "URLFETCH")
	s := New(false)
	if s.FeedData(data, nil) {
		t.Error("URLs are data in which nothing is secret")
	}
}

func split(s string, client bool) *wire.Message {
	m, _ := wire.Split([]byte(s), client)
	return m
}
