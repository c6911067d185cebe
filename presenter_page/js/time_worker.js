// Answers each number after the time that was asked for with it. In a worker, whose timers nobody slows down.

addEventListener("message", ({ data: { number, ms } }) => setTimeout(() => postMessage(number), ms));
