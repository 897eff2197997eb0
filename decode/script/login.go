package script

import (
	"bytes"
	"encoding/base64"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/sasl"
	"imapscope/decode/syntax"
)

// IsLogin reports whether the command of an exchange logs in, and was not refused: the
// server accepted it, or its answer is not known.
func (x *Exchange) IsLogin() bool {
	return x.Transaction != nil && (x.Row.Does(protocol.LogsIn) || x.Row.Does(protocol.Authenticates)) && !x.Refused()
}

// Refused reports whether the server answered the command NO or BAD.
func (x *Exchange) Refused() bool {
	if !x.Done {
		return false
	}
	does := protocol.StatusEffect(x.Status)
	return does == protocol.Refuses || does == protocol.Rejects
}

// Login returns the user that an exchange logged in and the password, if the client sent
// them in a form that holds both: LOGIN, or the SASL mechanism PLAIN.
func (x *Exchange) Login() (user, password string, ok bool) {
	if !x.IsLogin() || !x.Done {
		return "", "", false
	}
	for _, m := range x.Messages {
		if m.Dir != capture.ClientToServer {
			continue
		}
		if x.Row.Does(protocol.LogsIn) && m.Kind == decode.Request {
			if n := syntax.ParseRequest(&m.Message).FindRole(protocol.RolePassword); n != nil {
				return x.User, string(n.Value(m.Raw)), x.User != ""
			}
		}
		for _, s := range m.Secrets {
			if user, password, ok := Plain(s.Of(m.Raw)); ok && x.Row.TakesSASL() {
				return user, password, true
			}
		}
	}
	return "", "", false
}

// Plain returns the user and the password in a response of the SASL mechanism PLAIN
// (RFC 4616), in base64.
func Plain(response []byte) (user, password string, ok bool) {
	b, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(response)))
	parts := strings.Split(string(b), "\x00")
	if err != nil || len(parts) != 3 {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// SendsToken reports whether the exchange logs in with a bearer token instead of a password.
func (x *Exchange) SendsToken() bool {
	return x.Transaction != nil && x.Row.TakesSASL() && sasl.Tokens(x.Mechanism())
}

// Masked reports whether the exchange logs in with the number signs that a masked
// recording has in place of a secret.
func (x *Exchange) Masked() bool {
	if !x.IsLogin() {
		return false
	}
	for _, m := range x.Messages {
		if m.Dir != capture.ClientToServer {
			continue
		}
		for _, s := range m.Secrets {
			if b := bytes.Trim(s.Of(m.Raw), `" `); len(b) > 0 && len(bytes.Trim(b, "#")) == 0 {
				return true
			}
		}
	}
	return false
}

// MaskedPassword reports whether the session logs in with a secret that is masked.
func (s *Session) MaskedPassword() bool {
	for _, x := range s.Exchanges {
		if x.Masked() && !x.SendsToken() {
			return true
		}
	}
	return false
}

// MaskedUser reports whether the session logs in as a user whose name is part of a secret
// that is masked: a SASL response.
func (s *Session) MaskedUser() bool {
	for _, x := range s.Exchanges {
		if x.Masked() && x.Row.TakesSASL() && !x.SendsToken() {
			return true
		}
	}
	return false
}

// MaskedToken reports whether the session logs in with a bearer token that is masked.
func (s *Session) MaskedToken() bool {
	for _, x := range s.Exchanges {
		if x.Masked() && x.SendsToken() {
			return true
		}
	}
	return false
}

// Users returns the passwords of the users who logged in.
func (s *Script) Users() map[string]string {
	users := make(map[string]string)
	for _, x := range s.Sessions {
		for _, y := range x.Exchanges {
			if user, password, ok := y.Login(); ok && user != "" {
				users[user] = password
			}
		}
	}
	return users
}
