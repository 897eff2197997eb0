package script

import (
	"strings"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// login is a user and a password that LOGIN sent.
type login struct{ user, password string }

// logins returns those of a session's LOGIN commands.
func (s *Session) logins() []login {
	var out []login
	for _, x := range s.Exchanges[1:] {
		if !x.Row.Does(protocol.LogsIn) {
			continue
		}
		for _, m := range x.Messages {
			if m.Kind != decode.Request {
				continue
			}
			l := login{user: x.User}
			if n := syntax.ParseRequest(&m.Message).FindRole(protocol.RolePassword); n != nil {
				l.password = string(n.Value(m.Raw))
			}
			out = append(out, l)
		}
	}
	return out
}

// MaskedPassword reports whether the session logs in with the number signs that a masked
// recording has in place of a password.
func (s *Session) MaskedPassword() bool {
	for _, l := range s.logins() {
		if l.password != "" && strings.Trim(l.password, "#") == "" {
			return true
		}
	}
	return false
}

// Users returns the passwords of all LOGIN commands by user.
func (s *Script) Users() map[string]string {
	users := make(map[string]string)
	for _, x := range s.Sessions {
		for _, l := range x.logins() {
			if l.user != "" {
				users[l.user] = l.password
			}
		}
	}
	return users
}
