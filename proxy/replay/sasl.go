package replay

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/xdg-go/scram"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/syntax"
)

// cancel is what a client sends instead of a SASL response to end the exchange (RFC 3501, 6.2.2).
const cancel = "*"

// sasl returns what to send in place of a recorded line of a SASL exchange; false if the
// recorded one is sent unchanged.
func (g *game) sasl(m *decode.Message, e int) (string, bool) {
	x := g.s.Exchanges[e]
	recorded := string(bytes.TrimRight(m.Raw, "\r\n"))
	if !x.Row.TakesSASL() || x.Refused() || recorded == cancel {
		return "", false
	}
	n := 0 // responses before this one
	for _, y := range x.Messages {
		switch {
		case y.Off >= m.Off || y.Dir != m.Dir:
		case y.Kind == decode.Continuation:
			n++
		case y.Kind == decode.Request && syntax.ParseRequest(&y.Message).FindRole(protocol.RoleSASL) != nil:
			n++
		}
	}
	return g.response(x, e, n, recorded)
}

// response returns the n-th response of the SASL exchange of exchange e, in base64, with the
// bindings applied; false if the recorded one is sent unchanged. The rest of what was recorded
// stays: an authorization identity, the host of an OAUTHBEARER message.
func (g *game) response(x *script.Exchange, e, n int, recorded string) (string, bool) {
	b := &g.set
	if x.Refused() {
		return "", false
	}
	raw, err := base64.StdEncoding.DecodeString(recorded)
	if err != nil {
		raw = nil // masked
	}
	var text string
	var ok bool
	switch mechanism := x.Mechanism(); mechanism {
	case protocol.MechanismPlain:
		text, ok = b.plain(raw)
	case protocol.MechanismLogin: // a user name, then a password
		if n < 2 {
			text = [...]string{b.User, b.Password}[n]
			ok = text != ""
		}
	case protocol.MechanismExternal:
		text, ok = b.User, b.User != "" && len(raw) > 0
	case protocol.MechanismXOAUTH2, protocol.MechanismBearer:
		if n == 0 {
			text, ok = b.bearer(mechanism, raw)
		}
	case protocol.MechanismCRAMMD5:
		text, ok = b.cramMD5(raw, g.challenge())
	default:
		text, ok = g.scram(mechanism, e, raw)
	}
	if !ok {
		return "", false
	}
	if text == cancel {
		return cancel, true
	}
	return base64.StdEncoding.EncodeToString([]byte(text)), true
}

// challenge returns the text of the server's last "+".
func (g *game) challenge() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	text, err := base64.StdEncoding.DecodeString(g.out.Now.ReadyText)
	if err != nil {
		return nil
	}
	return text
}

// plain returns a response of PLAIN (RFC 4616): [authzid] NUL authcid NUL passwd. An
// authorization identity that is the user's name follows it.
func (b *Bindings) plain(recorded []byte) (string, bool) {
	if b.User == "" && b.Password == "" {
		return "", false
	}
	parts := strings.Split(string(recorded), "\x00")
	if len(parts) != 3 {
		parts = make([]string, 3)
	}
	if b.User != "" {
		if parts[0] == parts[1] && parts[0] != "" {
			parts[0] = b.User
		}
		parts[1] = b.User
	}
	parts[2] = cmp.Or(b.Password, parts[2])
	return strings.Join(parts, "\x00"), true
}

// cramMD5 returns the answer to a challenge, which differs each time (RFC 2195, 2).
func (b *Bindings) cramMD5(recorded, challenge []byte) (string, bool) {
	if b.Password == "" || challenge == nil {
		return "", false
	}
	user := b.User
	if i := bytes.LastIndexByte(recorded, ' '); i > 0 && user == "" {
		user = string(recorded[:i])
	}
	sum := hmac.New(md5.New, []byte(b.Password))
	sum.Write(challenge)
	return user + " " + hex.EncodeToString(sum.Sum(nil)), true
}

// bearer returns the message of XOAUTH2, fields that end in ^A, or of OAUTHBEARER, the same
// behind a GS2 header (RFC 7628, 3.1).
func (b *Bindings) bearer(mechanism string, recorded []byte) (string, bool) {
	if b.User == "" && b.Token == "" {
		return "", false
	}
	const user, auth = "user=", "auth=Bearer "
	if recorded == nil { // masked
		if mechanism == protocol.MechanismBearer {
			return gs2Header(b.User) + "\x01" + auth + b.Token + "\x01\x01", true
		}
		return user + b.User + "\x01" + auth + b.Token + "\x01\x01", true
	}
	fields := strings.Split(string(recorded), "\x01")
	for i, f := range fields {
		switch {
		case i == 0 && mechanism == protocol.MechanismBearer:
			if authzid(f) != "" && b.User != "" {
				fields[i] = gs2Header(b.User)
			}
		case strings.HasPrefix(f, user) && b.User != "":
			fields[i] = user + b.User
		case len(f) >= len(auth) && strings.EqualFold(f[:len(auth)], auth) && b.Token != "":
			fields[i] = f[:len(auth)] + b.Token
		}
	}
	return strings.Join(fields, "\x01"), true
}

// gs2Header returns the header of a client without channel binding that acts as a user
// (RFC 5801, 4).
func gs2Header(user string) string {
	if user == "" {
		return "n,,"
	}
	return "n,a=" + strings.NewReplacer("=", "=3D", ",", "=2C").Replace(user) + ","
}

// authzid returns the authorization identity in a GS2 header, or in a message that begins with
// one.
func authzid(message string) string {
	parts := strings.SplitN(message, ",", 3)
	if len(parts) < 2 {
		return ""
	}
	name, _ := strings.CutPrefix(parts[1], "a=")
	return strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name)
}

// scramHashes are the mechanisms of RFC 5802 and RFC 7677 that are recomputed. Those that
// bind to a TLS channel are not.
var scramHashes = map[string]scram.HashGeneratorFcn{
	protocol.MechanismSCRAM1: scram.SHA1, protocol.MechanismSCRAM256: scram.SHA256, protocol.MechanismSCRAM512: scram.SHA512,
}

// scram returns the next response of a SCRAM exchange. Both sides' nonces differ each time.
func (g *game) scram(mechanism string, e int, recorded []byte) (string, bool) {
	hash, known := scramHashes[mechanism]
	if !known || g.set.Password == "" {
		return "", false
	}
	if g.scrams == nil {
		g.scrams = make(map[int]*scram.ClientConversation)
	}
	c, challenge := g.scrams[e], string(g.challenge())
	if c == nil {
		user := g.set.User
		first := strings.SplitN(string(recorded), ",", 4) // gs2-header, then n=user
		if len(first) == 4 && user == "" {
			name, _ := strings.CutPrefix(first[2], "n=")
			user = strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name)
		}
		client, err := hash.NewClient(user, g.set.Password, authzid(string(recorded)))
		if err != nil {
			g.trouble("%s %s: %v", g.name(e), mechanism, err)
			return cancel, true
		}
		c, challenge = client.NewConversation(), ""
		g.scrams[e] = c
	}
	text, err := c.Step(challenge)
	if err != nil {
		g.trouble("%s %s: %v", g.name(e), mechanism, err)
		return cancel, true
	}
	return text, true
}
