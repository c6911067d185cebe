// A beat each second. In a worker, because the tab is usually hidden behind the slides and a hidden page's timers are slowed down.

setInterval(() => postMessage("beat"), 1000);
