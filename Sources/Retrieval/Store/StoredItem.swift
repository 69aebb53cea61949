/// What a row of a store stands for.
public struct StoredItem: Sendable, Equatable {
  /// Names the row; no other of the store has it.
  public var id: String
  /// The text that was encoded, or a part of one.
  public var text: String?
  /// The picture's file.
  public var image: String?
  /// The file that the item was read from; nil where it came from none.
  public var path: String?
  /// The lines of that file, from 1; nil for a picture.
  public var lines: ClosedRange<Int>?
  /// Pixels of the picture.
  public var width: Int?
  /// Pixels of the picture.
  public var height: Int?
  /// When the picture was taken, as its camera wrote: `2024-05-31T18:20:00`.
  public var taken: String?
  /// Further fields as the text of a JSON object; nil where there are none.
  public var metadata: String?
  /// Hash of what was encoded; empty where nobody knows.
  package var contentHash = ""
  /// Whether a picture belongs to it that nobody keeps, as one that a client sent.
  package var lacksPicture = false
  /// Size and time of the file when it was read.
  package var sourceSignature: String?

  /// An item; all but its name may be unknown.
  public init(
    id: String, text: String? = nil, image: String? = nil, path: String? = nil,
    lines: ClosedRange<Int>? = nil, metadata: String? = nil
  ) {
    self.id = id
    self.text = text
    self.image = image
    self.path = path
    self.lines = lines
    self.metadata = metadata
  }

  /// text, picture, pair, or vector where what was encoded is unknown.
  public var kind: Kind {
    switch (text != nil, image != nil || lacksPicture) {
    case (false, false): .vector
    case (true, false): .text
    case (false, true): .picture
    case (true, true): .pair
    }
  }

  /// What a server wrote in place of a picture that it did not keep, before it kept nothing.
  private static let formerPicture = "sent by a client"

  /// A store's word for the kind tells whether there was a picture.
  package mutating func noteKind(_ name: String?) {
    if image == Self.formerPicture { image = nil }
    guard image == nil, let kind = name.flatMap({ Kind(rawValue: $0) }) else { return }
    lacksPicture = kind == .picture || kind == .pair
  }

  /// The file to look at: the picture, or what holds the text.
  public var file: String? { image ?? path }

  /// What became of that file since it was read; nil where it is as it was.
  public var staleness: Staleness? {
    guard let file else { return nil }
    guard let facts = try? FileFacts(file) else {
      return FileFacts.isGone(file) ? .gone : .unreadable
    }
    guard file == path, let read = sourceSignature?.split(separator: ";").first else { return nil }
    return facts.signature == read ? nil : .changed
  }

  /// What becomes of files.
  public enum Staleness: String, Sendable {
    /// There is none of this name any more.
    case gone
    /// Its size or time is another.
    case changed
    /// Whether there is one cannot be seen: a folder above it is closed to this user.
    case unreadable
  }

  /// What was encoded.
  public enum Kind: String, Sendable, CaseIterable {
    /// A text alone.
    case text
    /// A picture alone.
    case picture
    /// A picture and a text in one vector.
    case pair
    /// Somebody else's vector, without either.
    case vector
  }
}
