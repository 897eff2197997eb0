package protocol

// Words that other code writes, shows or counts. To find out what a word does, use its
// row and the functions below; never compare it with one of these.
const (
	OK      = "OK"
	NO      = "NO"
	BAD     = "BAD"
	PREAUTH = "PREAUTH"
	BYE     = "BYE"
)

// SASL mechanisms: RFC 4616, RFC 2195, RFC 4505, RFC 4422, RFC 5802, RFC 7677, RFC 7628; LOGIN,
// which was never published and has the name of the command; and Google's XOAUTH2.
const (
	MechanismPlain     = "PLAIN"
	MechanismLogin     = "LOGIN"
	MechanismCRAMMD5   = "CRAM-MD5"
	MechanismAnonymous = "ANONYMOUS"
	MechanismExternal  = "EXTERNAL"
	MechanismSCRAM1    = "SCRAM-SHA-1"
	MechanismSCRAM256  = "SCRAM-SHA-256"
	MechanismSCRAM512  = "SCRAM-SHA-512"
	MechanismBearer    = "OAUTHBEARER"
	MechanismXOAUTH2   = "XOAUTH2"
)

// StatusEffect returns the effect of a status, letter case aside: Succeeds, Refuses,
// Rejects, SaysBye or PreAuthenticates. It returns NoEffect if the word is not a status.
// It does not allocate.
func StatusEffect[T string | []byte](status T) Effect {
	if r := find(&tables[Response], status); r != nil && r.Status {
		return r.Effect
	}
	return NoEffect
}

// That returns the first row of a kind that has an effect, or nil.
func That(k Kind, e Effect) *Row {
	for r := range Of(k) {
		if r.Effect == e {
			return r
		}
	}
	return nil
}

// CommandThat returns the first command that has an effect, or nil.
func CommandThat(e Effect) *Row { return That(Command, e) }
