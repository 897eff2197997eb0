package print

import (
	"imapscope/decode/sasl"
)

// saslJSON is what a SASL exchange has said, as part of a transaction line.
type saslJSON struct {
	Mechanism      quoted `json:"mechanism"`
	Outcome        string `json:"outcome"`
	Step           int    `json:"step"`
	Steps          int    `json:"steps,omitempty"`
	Authentication quoted `json:"authentication,omitempty"`
	Authorization  quoted `json:"authorization,omitempty"`
	Realm          quoted `json:"realm,omitempty"`
	Workstation    quoted `json:"workstation,omitempty"`
	Trace          quoted `json:"trace,omitempty"`
	Host           quoted `json:"host,omitempty"`
	Port           int    `json:"port,omitempty"`
	Binding        quoted `json:"channel_binding,omitempty"`
	Iterations     int    `json:"iterations,omitempty"`
	Layer          quoted `json:"security_layer,omitempty"`
	Expires        *stamp `json:"token_expires,omitempty"`
	Issuer         quoted `json:"token_issuer,omitempty"`
	Error          quoted `json:"error,omitempty"`
	Scope          quoted `json:"scope,omitempty"`
	Schemes        quoted `json:"schemes,omitempty"`
	Configuration  quoted `json:"openid_configuration,omitempty"`
	Fault          quoted `json:"fault,omitempty"`
	Note           quoted `json:"note,omitempty"`
}

// saslOf returns a report in the form of a line; nil if there is none.
func saslOf(r *sasl.Report) *saslJSON {
	if r == nil {
		return nil
	}
	var expires *stamp
	if !r.Expires.IsZero() {
		at := stamp(r.Expires)
		expires = &at
	}
	return &saslJSON{
		quoted(r.Mechanism), r.Outcome.String(), r.Step, r.Steps,
		quoted(r.Authentication), quoted(r.Authorization), quoted(r.Realm), quoted(r.Workstation), quoted(r.Trace),
		quoted(r.Host), r.Port, quoted(r.Binding), r.Iterations, quoted(r.Layer), expires, quoted(r.Issuer),
		quoted(r.Error), quoted(r.Scope), quoted(r.Schemes), quoted(r.Configuration), quoted(r.Fault), quoted(r.Note),
	}
}
