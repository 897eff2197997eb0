package wire

// Split returns the first message of b as a Framer would find it if the stream ended
// after b and all of a client's literals were accepted. It is for tests and for
// messages typed by hand. The message's Raw is the first n bytes of b.
func Split(b []byte, client bool) (m *Message, n int) {
	var f Framer
	f.Init(client, max(2*len(b), minKeep), new(Pool))
	mark := More
	for n < len(b) && mark != End {
		var took int
		took, mark = f.Write(b[n:])
		n += took
	}
	if mark != End {
		f.Close()
	}
	m = new(Message)
	*m = *f.Message()
	m.Raw = b[:n:n]
	return m, n
}
