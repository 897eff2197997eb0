// Package class writes what a teacher hands out and collects: exercises and their answers as
// pages to print, the grades of what students hand in, and the results of lessons.
//
//	keys, err := exercise.ReadKeys("monday")
//	students, err := exercise.ReadStudents(keys, []string{"submissions"})
//	err = class.WriteGrades(os.Stdout, "text", keys, students)
//
// # Rules
//
//   - Judging is samples/exercise's and samples/lesson's: nothing is decided here, only shown.
//   - What students write is untrusted. It is inert (view.Inert); in HTML html/template
//     escapes it in addition, and in CSV no cell begins as a formula does.
//   - A page has no script and fetches nothing; its content security policy allows only its own
//     style sheet.
//   - A page for students has no finding, key or word that says where the fault is.
package class
