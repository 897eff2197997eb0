package syntax

// dateShapes are the forms of dates found on the wire, including quotes: 9 is a
// digit, "_" a digit or a space, A a letter, "+" a sign or a space.
var dateShapes = [...]string{
	`_9-AAA-9999 99:99:99 +9999`, // most servers, and RFC 3501
	`9-AAA-9999 99:99:99 +9999`,
	`_9-AAA-99 99:99:99+AAA`, // RFC 1176, p. 26; its example on p. 22 has a space for "-"
	`_9-AAA-99 99:99:99+AA`,
	`_9-AAA-99 99:99:99+9999`,
	`_9-AAA-99 99:99:99 +9999`,
	`_9-AAA-9999 99:99:99+AAA`,
	`_9-AAA-9999 99:99:99+AA`,
	`9-AAA-99 99:99:99+AAA`,
}

// isDate reports whether a quoted string is a date and a time.
func isDate(quoted []byte) bool {
	if len(quoted) < 2 {
		return false
	}
	b := quoted[1 : len(quoted)-1]
	for _, shape := range dateShapes {
		if hasShape(b, shape) {
			return true
		}
	}
	return false
}

func hasShape(b []byte, shape string) bool {
	if len(b) != len(shape) {
		return false
	}
	for i, c := range b {
		ok := c == shape[i]
		switch shape[i] {
		case '9':
			ok = isDigit(c)
		case '_':
			ok = isDigit(c) || c == ' '
		case 'A':
			ok = 'a' <= c|0x20 && c|0x20 <= 'z'
		case '+':
			ok = c == '+' || c == '-' || c == ' '
		}
		if !ok {
			return false
		}
	}
	return true
}
