package sasl

import "bytes"

// proofKeys are the attributes of messages whose values are secret: of DIGEST-MD5 (RFC 2831,
// section 2.1.2) and SCRAM (RFC 5802, section 5.1).
var proofKeys = [...]string{"response=", "p="}

// Proofs returns the parts of a decoded response that are secret by themselves, for a caller
// that looks for repetitions of them: a server may repeat a digest without the names before it.
// They are parts of b.
func Proofs(b []byte) [][]byte {
	var out [][]byte
	for i, part := range bytes.Split(b, []byte(",")) {
		for _, key := range proofKeys {
			if i == 0 && key == "p=" {
				continue // a channel binding type
			}
			if value, ok := bytes.CutPrefix(part, []byte(key)); ok {
				out = append(out, bytes.Trim(value, `"`))
			}
		}
	}
	return out
}
