package sasl

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
)

// minIterations is the least number of iterations that a server should announce (RFC 5802,
// section 5.1; RFC 7677, section 4).
const minIterations = 4096

// scramResponse reads client-first-message and client-final-message (RFC 5802, section 7),
// and the empty response to the server's proof.
func scramResponse(x *Exchange, b []byte) {
	switch {
	case x.server:
		x.stage(4, "the client acknowledges it")
	case x.r.Step == 0:
		x.stage(1, "the client's first message")
		x.scramFirst(b)
	default:
		x.stage(3, "the client's proof")
		x.scramFinal(b)
	}
}

// scramFirst reads
//
//	client-first-message = gs2-header client-first-message-bare
//	gs2-header           = gs2-cbind-flag "," [ authzid ] ","
//	client-first-message-bare = [reserved-mext ","] username "," nonce ["," extensions]
func (x *Exchange) scramFirst(b []byte) {
	flag, rest, ok := bytes.Cut(b, []byte(","))
	as, bare, ok2 := bytes.Cut(rest, []byte(","))
	user, rest, ok3 := bytes.Cut(bare, []byte(","))
	nonce, _, _ := bytes.Cut(rest, []byte(","))
	if !ok || !ok2 || !ok3 || !x.gs2(flag, as) || !bytes.HasPrefix(user, []byte("n=")) || !bytes.HasPrefix(nonce, []byte("r=")) {
		x.fault("the client's first message is malformed")
		return
	}
	x.saslName(&x.r.Authentication, user[2:])
	x.nonce = string(nonce[2:])
	x.header = string(b[:len(b)-len(bare)])
	if len(x.nonce) == 0 {
		x.fault("the client's nonce is empty")
	}
	plus := strings.HasSuffix(x.r.Mechanism, "-PLUS")
	switch {
	case plus && flag[0] != 'p':
		x.fault("a mechanism that ends with -PLUS without channel binding")
	case !plus && flag[0] == 'p':
		x.fault("channel binding with a mechanism that does not end with -PLUS")
	}
}

// gs2 reads the two parts of a GS2 header (RFC 5801, section 4): whether there is channel
// binding, and the identity to act as.
func (x *Exchange) gs2(flag, as []byte) bool {
	switch {
	case string(flag) == "n":
		x.r.Binding = "none: the client does not support it"
	case string(flag) == "y":
		x.r.Binding = "none: the client supports it, and believes that the server does not"
	case bytes.HasPrefix(flag, []byte("p=")) && bindingType(flag[2:]):
		x.set(&x.r.Binding, flag[2:])
	default:
		return false
	}
	if len(as) == 0 {
		return true
	}
	name, ok := bytes.CutPrefix(as, []byte("a="))
	return ok && x.saslName(&x.r.Authorization, name)
}

// bindingType reports whether b can be the name of a channel binding type: letters, digits,
// "." and "-".
func bindingType(b []byte) bool {
	for _, c := range b {
		if c != '.' && c != '-' && (c < '0' || '9' < c && c < 'A' || 'Z' < c && c < 'a' || 'z' < c) {
			return false
		}
	}
	return len(b) > 0
}

// saslName stores a name in which "," is =2C and "=" is =3D (RFC 5802, section 5.1).
func (x *Exchange) saslName(to *string, b []byte) bool {
	s := strings.ReplaceAll(string(b), "=2C", ",")
	for i := 0; i < len(b); i++ {
		if b[i] == '=' && !bytes.HasPrefix(b[i:], []byte("=2C")) && !bytes.HasPrefix(b[i:], []byte("=3D")) {
			x.fault("a name has a \"=\" that is not written as =3D")
			return false
		}
	}
	return x.set(to, []byte(strings.ReplaceAll(s, "=3D", "=")))
}

// scramChallenge reads server-first-message and server-final-message.
func scramChallenge(x *Exchange, b []byte) {
	switch {
	case x.r.Step == 0 && len(b) == 0 && x.responses == 0:
		x.stage(0, "the server is ready")
	case bytes.HasPrefix(b, []byte("e=")):
		word, _, _ := bytes.Cut(b[2:], []byte(","))
		x.stage(4, "the server reports an error")
		x.server, x.failed = true, true
		x.set(&x.r.Error, word)
	case x.r.Step >= 3:
		x.stage(4, "the server's proof")
		x.server = true
		if !bytes.HasPrefix(b, []byte("v=")) {
			x.fault("the server's last message is neither a proof nor an error")
		}
	default:
		x.stage(2, "the server's challenge")
		x.scramServerFirst(b)
	}
}

// scramServerFirst reads
//
//	server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count ["," extensions]
func (x *Exchange) scramServerFirst(b []byte) {
	parts := bytes.SplitN(b, []byte(","), 4)
	if len(parts) < 3 || !bytes.HasPrefix(parts[0], []byte("r=")) || !bytes.HasPrefix(parts[1], []byte("s=")) || !bytes.HasPrefix(parts[2], []byte("i=")) {
		x.fault("the server's challenge is malformed")
		return
	}
	nonce := string(parts[0][2:])
	switch {
	case !strings.HasPrefix(nonce, x.nonce):
		x.fault("the server's nonce does not begin with the client's")
	case len(nonce) == len(x.nonce):
		x.fault("the server added nothing to the client's nonce")
	}
	x.nonce = nonce
	n, err := strconv.ParseUint(string(parts[2][2:]), 10, 31)
	switch {
	case err != nil || n == 0:
		x.fault("the iteration count is not a positive number")
		return
	case n < minIterations:
		x.r.Note = "fewer than 4096 iterations"
	}
	x.r.Iterations = int(n)
}

// scramFinal reads
//
//	client-final-message = channel-binding "," nonce ["," extensions] "," proof
func (x *Exchange) scramFinal(b []byte) {
	parts := bytes.Split(b, []byte(","))
	if len(parts) < 3 || !bytes.HasPrefix(parts[0], []byte("c=")) || !bytes.HasPrefix(parts[1], []byte("r=")) || !bytes.HasPrefix(parts[len(parts)-1], []byte("p=")) {
		x.fault("the client's last message is malformed")
		return
	}
	if string(parts[1][2:]) != x.nonce {
		x.fault("the client did not repeat the server's nonce")
	}
	bound, err := base64.StdEncoding.DecodeString(string(parts[0][2:]))
	if data, same := strings.CutPrefix(string(bound), x.header); err != nil || !same || (data != "") != strings.HasPrefix(x.header, "p=") {
		x.fault("the client's channel binding is not that of its first message")
	}
}
