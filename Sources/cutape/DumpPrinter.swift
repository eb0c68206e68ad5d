/// The lines of `dump`, in its three formats.

import CutapeReport
import CutapeTrace

/// Prints single calls.
struct DumpPrinter {
  let trace: Trace
  let format: Dump.Format

  /// What goes before the first call.
  var header: String? {
    format == .csv ? "number,time_ns,duration_ns,thread,function,arguments,result,site,way,parent" : nil
  }

  func line(_ event: Event, _ function: Function?) -> String {
    switch format {
    case .text: text(event, function)
    case .json: json(event, function).text
    case .csv: csv(event, function)
    }
  }

  /// `#41 0.001234567 T1 cudaMemcpyAsync(...) = cudaSuccess <1.23 us> at main.cu:12 in main`
  func text(_ event: Event, _ function: Function?) -> String {
    var line = "#\(event.number) \(Units.moment(event.begin)) T\(event.thread) "
    guard let function else { return line + "function \(event.function)" }
    line += CallText.call(event, function)
    let result = CallText.result(event, function)
    if event.isInFlight {
      line += " \(result)"
    } else {
      line += "\(result.isEmpty ? "" : " = \(result)") <\(Units.time(event.duration ?? 0))>"
    }
    if let site = trace.sites[event.site] { line += " at \(site.description.escaped)" }
    if event.way == .inherited {
      line += ", before the fork"
    } else if event.way != .linked {
      line += " by \(event.way.name)"
    }
    if event.isPart { line += event.parent > 0 ? ", part of #\(event.parent)" : ", part of another call" }
    return line
  }

  private func json(_ event: Event, _ function: Function?) -> Json {
    var arguments: [(String, Json)] = []
    if let function {
      for index in function.fields.indices where index < event.arguments.count {
        let value: Json =
          switch CallText.value(index, of: event, function) {
          case .number(let number): .number(number)
          case .text(let text): .string(text)
          case .list(let items): .array(items.map(Json.string))
          }
        arguments.append((function.fields[index].name, value))
      }
    }
    let site = trace.sites[event.site]
    let type = event.isPart ? "part" : function?.effect.isInternal == true ? "record" : "call"
    let stack: [(String, Json)] =
      trace.stacks[event.stack].map {
        [("stack", .array($0.places(in: trace.sites).map { $0?.json ?? .null }))]
      } ?? []
    let fields: [(String, Json)] = [
      ("type", .string(type)), ("number", .number(Int64(event.number))), ("time_ns", .number(event.begin)),
      ("duration_ns", event.duration.map(Json.number) ?? .null), ("thread", .number(Int64(event.thread))),
      ("function", .string(name(event, function))), ("major", .number(Int64(event.major))),
      ("arguments", .object(arguments)),
      ("result", event.isInFlight ? .null : .number(Int64(event.result))),
      ("result_name", event.isInFlight ? .null : .string(function.map { CallText.result(event, $0) } ?? "")),
      ("file", site?.file.map(Json.string) ?? .null),
      ("line", site?.line.map { .number(Int64($0)) } ?? .null),
      ("in", site?.function.map(Json.string) ?? .null),
      ("module", site.map { .string($0.module) } ?? .null),
      ("offset", site.map { .number(Int64(bitPattern: $0.offset)) } ?? .null),
      ("way", .string(event.way.name)), ("parent", event.parent > 0 ? .number(Int64(event.parent)) : .null),
    ]
    return .object(fields + stack)
  }

  private func csv(_ event: Event, _ function: Function?) -> String {
    let arguments = function.map { function in
      function.fields.indices.prefix(event.arguments.count).map { index in
        "\(function.fields[index].name.escaped)=\(CallText.argument(index, of: event, function))"
      }.joined(separator: ", ")
    }
    return [
      "\(event.number)", "\(event.begin)", event.duration.map { "\($0)" } ?? "", "\(event.thread)",
      name(event, function).escaped, arguments ?? "", function.map { CallText.result(event, $0) } ?? "",
      trace.sites[event.site]?.description.escaped ?? "", event.way.name,
      event.parent > 0 ? "\(event.parent)" : "",
    ].map(Self.quoted).joined(separator: ",")
  }

  private func name(_ event: Event, _ function: Function?) -> String {
    function.map { $0.name + event.variant.suffix } ?? "function \(event.function)"
  }

  /// A field of RFC 4180: in quotes when it has a separator.
  private static func quoted(_ field: String) -> String {
    guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
    return "\"\(field.replacing("\"", with: "\"\""))\""
  }
}
