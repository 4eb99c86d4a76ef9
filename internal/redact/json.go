package redact

import "strings"

// structure are the bytes of JSON between its scalars: strings with their quotes, numbers, true, false and null.
const structure = "{}[]:, \t\r\n"

// inJSON removes a secret from the scalars of valid JSON. A string stays a string. Another scalar becomes one.
func inJSON(text, secret string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		end := endOfScalar(text, i)
		switch scalar := text[i:end]; {
		case end == i:
			end++
			out.WriteByte(text[i])
		case text[i] == '"':
			content := scalar[1 : len(scalar)-1]
			out.WriteString(`"` + replace(content, inString(content, secret)) + `"`)
		case strings.Contains(scalar, secret):
			out.WriteString(`"` + Mask + `"`)
		default:
			out.WriteString(scalar)
		}
		i = end
	}
	return out.String()
}

// inString finds a secret in what stands between the quotes of a JSON string. It searches in the decoded string alone, so a
// span never ends within an escape.
func inString(content, secret string) []span {
	if strings.IndexByte(content, '\\') < 0 {
		return find(content, secret, maxDepth)
	}
	decoded, at := decode(content, backslash)
	spans := find(decoded, secret, maxDepth)
	for i, s := range spans {
		spans[i] = span{at[s.from], at[s.to]}
	}
	return spans
}

// endOfScalar returns where the scalar ends that begins at i, or i when none begins there.
func endOfScalar(text string, i int) int {
	if text[i] != '"' {
		for i < len(text) && strings.IndexByte(structure, text[i]) < 0 {
			i++
		}
		return i
	}
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}
