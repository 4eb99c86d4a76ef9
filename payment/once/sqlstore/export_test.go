package sqlstore

// AddVersion adds a made-up version to the schema.
func (s *Store) AddVersion(statements ...string) { s.versions = append(s.versions, statements) }
