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

// dateForms are the bytes that each shape permits in each place, as bits.
var dateForms = func() (forms [len(dateShapes)][]uint8) {
	for i, shape := range dateShapes {
		for _, c := range []byte(shape) {
			forms[i] = append(forms[i], inShape[c])
		}
	}
	return forms
}()

// Kinds of bytes in a date.
const (
	dateDigit uint8 = 1 << iota
	dateSpace
	dateLetter
	dateDash
	datePlus
	dateColon
)

// inShape are the kinds of bytes that a byte of a shape permits.
var inShape = [256]uint8{
	'9': dateDigit, '_': dateDigit | dateSpace, 'A': dateLetter, '+': datePlus | dateDash | dateSpace,
	' ': dateSpace, '-': dateDash, ':': dateColon,
}

// inDate are the kinds that a byte is of.
var inDate = func() (kinds [256]uint8) {
	for c := range 26 {
		kinds['a'+c], kinds['A'+c] = dateLetter, dateLetter
	}
	for c := range 10 {
		kinds['0'+c] = dateDigit
	}
	kinds[' '], kinds['-'], kinds['+'], kinds[':'] = dateSpace, dateDash, datePlus, dateColon
	return kinds
}()

// isDate reports whether a quoted string is a date and a time.
func isDate(quoted []byte) bool {
	if len(quoted) < 2 {
		return false
	}
	b := quoted[1 : len(quoted)-1]
	for i := range dateForms {
		if hasForm(b, dateForms[i]) {
			return true
		}
	}
	return false
}

// hasForm reports whether each byte of b is of a kind that form has in its place.
func hasForm(b []byte, form []uint8) bool {
	if len(b) != len(form) {
		return false
	}
	for i, c := range b {
		if inDate[c]&form[i] == 0 {
			return false
		}
	}
	return true
}
