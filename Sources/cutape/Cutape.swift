import ArgumentParser

@main
struct Cutape: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cutape", abstract: "Records what a CUDA program does with memory, and tells what was wrong with it.")
}
