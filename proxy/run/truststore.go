package run

import (
	"crypto/sha1"
	"encoding/binary"
	"fmt"
)

// storePassword is Java's usual one. It protects nothing: the store has no secrets.
const storePassword = "changeit"

// trustStore returns a Java key store (JKS, version 2) that trusts the certificates: the one
// format that every Java reads, and that needs no more than a digest.
func trustStore(ders [][]byte) []byte {
	const magic, version, trusted = 0xfeedfeed, 2, 2
	b := binary.BigEndian.AppendUint32(nil, magic)
	b = binary.BigEndian.AppendUint32(b, version)
	b = binary.BigEndian.AppendUint32(b, uint32(len(ders)))
	for i, der := range ders {
		b = binary.BigEndian.AppendUint32(b, trusted)
		b = appendString(b, fmt.Sprintf("ca-%d", i))
		b = binary.BigEndian.AppendUint64(b, 0) // when it was added
		b = appendString(b, "X.509")
		b = binary.BigEndian.AppendUint32(b, uint32(len(der)))
		b = append(b, der...)
	}
	digest := sha1.New()
	for _, c := range storePassword {
		digest.Write([]byte{0, byte(c)})
	}
	digest.Write([]byte("Mighty Aphrodite")) // part of the format
	digest.Write(b)
	return digest.Sum(b)
}

// appendString appends a string as Java's DataOutput.writeUTF does, for ASCII.
func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}
